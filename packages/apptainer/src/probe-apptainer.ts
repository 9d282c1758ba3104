import { probeEngine } from "@runcache/container";
import type { ApptainerOptions } from "./apptainer-options.js";

/**
 * The version of Apptainer, where it can be used.
 * @throws EngineError `ERR_RUNCACHE_ENGINE_NOT_FOUND`, `ERR_RUNCACHE_ENGINE_UNAVAILABLE`
 */
export function probeApptainer({
  apptainerExecutable = "apptainer",
}: Pick<ApptainerOptions, "apptainerExecutable"> = {}): Promise<string> {
  return probeEngine("apptainer", apptainerExecutable, ["--version"]);
}
