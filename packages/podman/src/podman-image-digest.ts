import { imageDigestResolver } from "@runcache/container";
import type { ImageDigestResolver } from "@runcache/core";
import { podmanEngine } from "./podman-engine.js";
import { resolvePodmanOptions, type PodmanOptions } from "./podman-options.js";

/**
 * Tells the immutable digest of a tag by Podman, for `policy.imageDigest` over a runner that does not know.
 * What it returns throws EngineError where a tag cannot be told.
 */
export function podmanImageDigest(
  options: Pick<PodmanOptions, "podmanExecutable" | "platform" | "pull"> = {},
): ImageDigestResolver {
  return imageDigestResolver(podmanEngine(resolvePodmanOptions(options)));
}
