import { spawnSync } from "node:child_process";
import type { ContainerOptions, ContainerRunner } from "@runcache/container";
import { dockerImageDigest, DockerRunner } from "@runcache/docker";
import type { ImageDigestResolver } from "@runcache/core";
import { podmanImageDigest, PodmanRunner } from "@runcache/podman";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";

/** A real engine under test. */
export interface TestedEngine {
  readonly name: "docker" | "podman";
  /** For `describe.skipIf`. */
  readonly missing: boolean;
  makeRunner(options?: ContainerOptions): ContainerRunner;
  /** A runner whose engine is started by `executable`. */
  makeRunnerBy(executable: string, options?: ContainerOptions): ContainerRunner;
  /** A runner with more arguments of `run`. */
  makeRunnerWith(extraArgs: readonly string[], userId?: number): ContainerRunner;
  imageDigest(): ImageDigestResolver;
}

export const docker: TestedEngine = {
  name: "docker",
  missing: requireOrSkip("docker", probes.docker),
  makeRunner: (options = {}) => new DockerRunner(options),
  makeRunnerBy: (dockerExecutable, options = {}) => new DockerRunner({ ...options, dockerExecutable }),
  makeRunnerWith: (dockerExtraArgs, dockerUserId) =>
    new DockerRunner({ dockerExtraArgs, ...(dockerUserId === undefined ? {} : { dockerUserId }) }),
  imageDigest: () => dockerImageDigest(),
};

export const podman: TestedEngine = {
  name: "podman",
  missing: requireOrSkip("podman", probes.podman),
  makeRunner: (options = {}) => new PodmanRunner(options),
  makeRunnerBy: (podmanExecutable, options = {}) => new PodmanRunner({ ...options, podmanExecutable }),
  makeRunnerWith: (podmanExtraArgs, podmanUserId) =>
    new PodmanRunner({ podmanExtraArgs, ...(podmanUserId === undefined ? {} : { podmanUserId }) }),
  imageDigest: () => podmanImageDigest(),
};

export const engines: readonly TestedEngine[] = [docker, podman];

/** Starting containers takes its time on a small machine with much else to do. */
export const SLOW = { timeout: 60_000 };

export const BUSYBOX = "runcache-test/busybox:1";

/** Metadata of a tool in `image`. */
export function toolIn(image: string, name = "tool") {
  return { id: `${name}-1`, name, package: "test", container_image_tag: image };
}

/** What the engine's own client prints. */
export function ask(engine: TestedEngine, ...args: readonly string[]): string {
  const { status, stdout, stderr } = tryToAsk(engine, ...args);
  if (status !== 0) throw new Error(`${engine.name} ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

/** How a call of the engine's own client ended. */
export function tryToAsk(engine: TestedEngine, ...args: readonly string[]) {
  return spawnSync(engine.name, args, { encoding: "utf8" });
}

/** Runs `script` in the shell of busybox, with `inputs` as its arguments. Returns the lines of both streams. */
export function runShell(
  runner: ContainerRunner,
  script: string,
  inputs: readonly string[] = [],
  image = BUSYBOX,
): { readonly stdout: readonly string[]; readonly stderr: readonly string[]; readonly outputDir: string } {
  const execution = runner.startExecution(toolIn(image));
  const toolPaths = inputs.map((input) => execution.inputFile(input));
  const outputDir = execution.outputFile(".");
  const stdout: string[] = [];
  const stderr: string[] = [];
  execution.run(
    ["sh", "-c", script, "sh", ...toolPaths],
    (line) => stdout.push(line),
    (line) => stderr.push(line),
  );
  return { stdout, stderr, outputDir };
}
