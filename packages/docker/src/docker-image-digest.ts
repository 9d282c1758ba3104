import { imageDigestResolver } from "@runcache/container";
import type { ImageDigestResolver } from "@runcache/core";
import { dockerEngine } from "./docker-engine.js";
import { resolveDockerOptions, type DockerOptions } from "./docker-options.js";

/**
 * Tells the immutable digest of a tag by Docker, for `policy.imageDigest` over a runner that does not know.
 * What it returns throws EngineError where a tag cannot be told.
 */
export function dockerImageDigest(
  options: Pick<DockerOptions, "dockerExecutable" | "platform" | "pull"> = {},
): ImageDigestResolver {
  return imageDigestResolver(dockerEngine(resolveDockerOptions(options)));
}
