import { probeEngine } from "@runcache/container";
import type { PodmanOptions } from "./podman-options.js";

/**
 * The version of Podman, where it can be used.
 * @throws EngineError `ERR_RUNCACHE_ENGINE_NOT_FOUND`, `ERR_RUNCACHE_ENGINE_UNAVAILABLE`
 */
export function probePodman({
  podmanExecutable = "podman",
}: Pick<PodmanOptions, "podmanExecutable"> = {}): Promise<string> {
  return probeEngine("podman", podmanExecutable, ["info", "--format", "{{.Version.Version}}"]);
}
