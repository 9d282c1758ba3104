import { probeEngine } from "@runcache/container";
import type { DockerOptions } from "./docker-options.js";

/**
 * The version of Docker, where it can be used.
 * @throws EngineError `ERR_RUNCACHE_ENGINE_NOT_FOUND`, `ERR_RUNCACHE_ENGINE_UNAVAILABLE`
 */
export function probeDocker({
  dockerExecutable = "docker",
}: Pick<DockerOptions, "dockerExecutable"> = {}): Promise<string> {
  return probeEngine("docker", dockerExecutable, ["version", "--format", "{{.Server.Version}}"]);
}
