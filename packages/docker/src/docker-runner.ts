import { ContainerRunner } from "@runcache/container";
import { dockerEngine } from "./docker-engine.js";
import { resolveDockerOptions, type DockerOptions } from "./docker-options.js";

/**
 * Runs tools in images with Docker: inputs are mounted read-only, the output directory is the only place
 * that is writable, and there is no network unless asked for.
 *
 * @example
 * ```ts
 * import { CachingRunner } from "@runcache/core";
 * import { DockerRunner } from "@runcache/docker";
 *
 * const runner = new CachingRunner({ base: new DockerRunner({ imageOverrides: { "demo/blur:1.2": "demo/blur:1.3" } }) });
 * ```
 */
export class DockerRunner extends ContainerRunner {
  /** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_OPTION` */
  constructor(options: DockerOptions = {}) {
    const resolved = resolveDockerOptions(options);
    super(dockerEngine(resolved), resolved);
  }
}
