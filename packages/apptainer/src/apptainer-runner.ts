import { ContainerRunner } from "@runcache/container";
import { apptainerEngine } from "./apptainer-engine.js";
import { resolveApptainerOptions, type ApptainerOptions } from "./apptainer-options.js";

/**
 * Runs tools in images with Apptainer (or SingularityCE): inputs are mounted read-only, the output
 * directory is the only place of the host that is writable, and there is no network unless asked for.
 *
 * @example
 * ```ts
 * import { CachingRunner } from "@runcache/core";
 * import { ApptainerRunner } from "@runcache/apptainer";
 *
 * const runner = new CachingRunner({ base: new ApptainerRunner({ imageOverrides: { "demo/blur:1.2": "/images/blur.sif" } }) });
 * ```
 */
export class ApptainerRunner extends ContainerRunner {
  /** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_OPTION` */
  constructor(options: ApptainerOptions = {}) {
    const resolved = resolveApptainerOptions(options);
    super(apptainerEngine(resolved), resolved);
  }
}
