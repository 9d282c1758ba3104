import {
  resolveContainerOptions,
  resolveUserId,
  type ContainerOptions,
  type ResolvedOciOptions,
} from "@runcache/container";

/** Options of {@link PodmanRunner}. */
export interface PodmanOptions extends ContainerOptions {
  /** The `podman` program: a path, or a name on PATH. @default "podman" */
  readonly podmanExecutable?: string;
  /** More arguments of `podman run`; they win over ours, and enter the key. @default [] */
  readonly podmanExtraArgs?: readonly string[];
  /** User inside the container. @default the user of this process */
  readonly podmanUserId?: number;
}

const OWN_NAMES = ["podmanExecutable", "podmanExtraArgs", "podmanUserId"] satisfies readonly (keyof PodmanOptions)[];

/**
 * `options` with defaults filled in, copied. Frozen.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_OPTION`
 */
export function resolvePodmanOptions(options: PodmanOptions): ResolvedOciOptions {
  const { podmanExecutable = "podman", podmanExtraArgs = [], podmanUserId } = options;
  return Object.freeze({
    ...resolveContainerOptions("PodmanRunner", options, OWN_NAMES),
    executable: podmanExecutable,
    extraArgs: Object.freeze([...podmanExtraArgs]),
    userId: resolveUserId("podmanUserId", podmanUserId),
  });
}
