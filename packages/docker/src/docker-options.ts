import {
  resolveContainerOptions,
  resolveUserId,
  type ContainerOptions,
  type ResolvedOciOptions,
} from "@runcache/container";

/** Options of {@link DockerRunner}. */
export interface DockerOptions extends ContainerOptions {
  /** The `docker` program: a path, or a name on PATH. @default "docker" */
  readonly dockerExecutable?: string;
  /** More arguments of `docker run`; they win over ours, and enter the key. @default [] */
  readonly dockerExtraArgs?: readonly string[];
  /** User inside the container. @default the user of this process */
  readonly dockerUserId?: number;
}

const OWN_NAMES = ["dockerExecutable", "dockerExtraArgs", "dockerUserId"] satisfies readonly (keyof DockerOptions)[];

/**
 * `options` with defaults filled in, copied. Frozen.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_OPTION`
 */
export function resolveDockerOptions(options: DockerOptions): ResolvedOciOptions {
  const { dockerExecutable = "docker", dockerExtraArgs = [], dockerUserId } = options;
  return Object.freeze({
    ...resolveContainerOptions("DockerRunner", options, OWN_NAMES),
    executable: dockerExecutable,
    extraArgs: Object.freeze([...dockerExtraArgs]),
    userId: resolveUserId("dockerUserId", dockerUserId),
  });
}
