import { randomBytes } from "node:crypto";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { ask, BUSYBOX, docker, engines, type TestedEngine } from "./engines.js";

/** Images are made and pushed by Docker, whichever engine is tested. */
export const registryMissing = docker.missing || requireOrSkip("registry", probes.registry);

/** An image that only the registry has. */
export interface PublishedImage {
  /** `config:sha256:…`. */
  readonly identity: string;
  /** `sha256:…` of its manifest. */
  readonly manifest: string;
}

/** A name in the registry that no other test uses. */
export function newImageName(): string {
  return `127.0.0.1:5000/test-${randomBytes(6).toString("hex")}/tool:1`;
}

/** Makes an image that never was before, pushes it under `name` and removes it from this machine. */
export function publish(name: string): PublishedImage {
  const container = ask(docker, "create", "--network", "none", BUSYBOX);
  const change = `LABEL test=${randomBytes(16).toString("hex")}`;
  const id = ask(docker, "commit", "--change", change, container, name);
  ask(docker, "rm", container);
  ask(docker, "push", "--quiet", name);
  const [digest = ""] = JSON.parse(
    ask(docker, "image", "inspect", "--format", "{{json .RepoDigests}}", name),
  ) as string[];
  ask(docker, "image", "rm", name);
  return { identity: `config:${id}`, manifest: digest.split("@")[1] ?? "" };
}

/** Removes `name` from the engine's store. */
export function forget(engine: TestedEngine, name: string): void {
  ask(engine, "image", "rm", name);
}

/** Whether the engine's store has `name`. */
export function isHere(engine: TestedEngine, name: string): boolean {
  return ask(engine, "image", "ls", "--quiet", name) !== "";
}

/** The engines, to test with an image of a registry. */
export const registryEngines = engines.map((engine) => ({ ...engine, missing: engine.missing || registryMissing }));
