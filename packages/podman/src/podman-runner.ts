import { ContainerRunner } from "@runcache/container";
import { podmanEngine } from "./podman-engine.js";
import { resolvePodmanOptions, type PodmanOptions } from "./podman-options.js";

/**
 * Runs tools in images with Podman: inputs are mounted read-only, the output directory is the only place
 * that is writable, and there is no network unless asked for.
 *
 * @example
 * ```ts
 * import { CachingRunner } from "@runcache/core";
 * import { PodmanRunner } from "@runcache/podman";
 *
 * const runner = new CachingRunner({ base: new PodmanRunner({ imageOverrides: { "demo/blur:1.2": "demo/blur:1.3" } }) });
 * ```
 */
export class PodmanRunner extends ContainerRunner {
  /** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_OPTION` */
  constructor(options: PodmanOptions = {}) {
    const resolved = resolvePodmanOptions(options);
    super(podmanEngine(resolved), resolved);
  }
}
