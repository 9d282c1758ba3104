import { UsageError } from "@runcache/core";

/** A tag, which may mean another image tomorrow. */
export interface FloatingReference {
  readonly kind: "tag";
  /** Host of the registry, with its port. */
  readonly registry: string;
  /** Path in the registry. */
  readonly repository: string;
  readonly tag: string;
}

/** A digest of a repository, which means one image for ever. */
export interface PinnedReference {
  readonly kind: "digest";
  readonly registry: string;
  readonly repository: string;
  /** `sha256:<64 hex>` of the manifest. */
  readonly digest: string;
}

/** An image of this machine's store, by its id. */
export interface LocalReference {
  readonly kind: "id";
  /** `sha256:<64 hex>`. */
  readonly id: string;
}

export type ImageReference = FloatingReference | PinnedReference | LocalReference;

/** The registry of names that name none, as every engine has it. */
export const DEFAULT_REGISTRY = "docker.io";

const REGISTRY = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d+)?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Reads `name[:tag][@digest]`, with or without a registry; `docker://` in front is accepted. A digest
 * wins over a tag beside it.
 * @throws UsageError `ERR_RUNCACHE_IMAGE_NAME`
 */
export function parseImageReference(text: string): ImageReference {
  const bare = withoutDockerScheme(text);
  if (DIGEST.test(bare)) return { kind: "id", id: bare };
  const [named = "", digest, ...rest] = bare.split("@");
  const slash = named.lastIndexOf("/");
  const colon = named.indexOf(":", slash + 1);
  const [path, tag] = colon < 0 ? [named, "latest"] : [named.slice(0, colon), named.slice(colon + 1)];
  const { registry, repository } = splitRegistry(path);
  const valid = REGISTRY.test(registry) && REPOSITORY.test(repository) && TAG.test(tag) && rest.length === 0;
  if (!valid || (digest !== undefined && !DIGEST.test(digest))) throw nameError(text);
  return digest === undefined
    ? { kind: "tag", registry, repository, tag }
    : { kind: "digest", registry, repository, digest };
}

/** The whole name, registry included: what a registry is asked for. */
export function formatImageReference(reference: ImageReference): string {
  switch (reference.kind) {
    case "tag":
      return `${reference.registry}/${reference.repository}:${reference.tag}`;
    case "digest":
      return `${reference.registry}/${reference.repository}@${reference.digest}`;
    case "id":
      return reference.id;
  }
}

/** Whether the registry is on this machine; engines talk to it without TLS. */
export function isLoopback(reference: ImageReference): boolean {
  return reference.kind !== "id" && /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/.test(reference.registry);
}

/** The first part is a registry if it looks like a host: `a.b/c`, `a:5000/c`, `localhost/c`. */
function splitRegistry(path: string): { readonly registry: string; readonly repository: string } {
  const slash = path.indexOf("/");
  const first = path.slice(0, Math.max(slash, 0));
  if (slash > 0 && (/[.:[]/.test(first) || first === "localhost")) {
    const registry = first === "index.docker.io" ? DEFAULT_REGISTRY : first;
    return { registry, repository: library(registry, path.slice(slash + 1)) };
  }
  return { registry: DEFAULT_REGISTRY, repository: library(DEFAULT_REGISTRY, path) };
}

function library(registry: string, repository: string): string {
  return registry === DEFAULT_REGISTRY && !repository.includes("/") ? `library/${repository}` : repository;
}

function nameError(text: string): UsageError {
  return new UsageError(
    "ERR_RUNCACHE_IMAGE_NAME",
    `${JSON.stringify(text)} is not the name of an image: write [registry/]name[:tag] or [registry/]name@sha256:<64 hex>; imageOverrides maps a wrapper's tag to another one`,
    { image: text },
  );
}

/** A name of an image without `docker://`, which Apptainer wants and the clients of Docker and Podman refuse. */
export function withoutDockerScheme(name: string): string {
  return name.replace(/^docker:\/\//, "");
}
