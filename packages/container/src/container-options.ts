import { checkOptionNames, UsageError, type Launcher } from "@runcache/core";

/** When an image comes from its registry. */
export const PULL_POLICIES = ["missing", "never", "always"] as const;

/**
 * `missing`: a run pulls an image that this machine does not have. `never`: such a run fails. `always`:
 * each execution asks the registry what the tag means now, and a run pulls what is not here. A hit pulls
 * nothing, whatever is set.
 */
export type PullPolicy = (typeof PULL_POLICIES)[number];

/** Options that the runners of all container engines have. */
export interface ContainerOptions {
  /** Tag that a wrapper names → image to run instead. @default {} */
  readonly imageOverrides?: Readonly<Record<string, string>>;
  /** Host path of the directory that outputs land in without a cache. @default `RUNCACHE_DATA_DIR`, else a temporary directory */
  readonly dataDir?: string;
  /** Environment of the tool, on top of the image's own. Enters the key, as digests. @default {} */
  readonly environ?: Readonly<Record<string, string>>;
  /** Network of the container. Enters the key. @default "none" */
  readonly network?: string;
  /** `os/arch[/variant]` of the image, where not the machine's own. Enters the key. @default the machine's */
  readonly platform?: string;
  /** @default "missing" */
  readonly pull?: PullPolicy;
  /** Starts the engine's client. @default a process of this machine */
  readonly launcher?: Launcher;
}

/** `ContainerOptions` with everything decided. Frozen. */
export interface ResolvedContainerOptions {
  readonly imageOverrides: ReadonlyMap<string, string>;
  /** Host path; undefined for the default of core. */
  readonly dataDir: string | undefined;
  readonly environ: Readonly<Record<string, string>>;
  /** Network of the container. */
  readonly network: string;
  readonly platform: string | null;
  readonly pull: PullPolicy;
  /** Undefined for a process of this machine. */
  readonly launcher: Launcher | undefined;
}

/** What the runners of Docker and Podman have on top, under names of their own. */
export interface ResolvedOciOptions extends ResolvedContainerOptions {
  /** The engine's program: a path, or a name on PATH. */
  readonly executable: string;
  /** More arguments of `run`. */
  readonly extraArgs: readonly string[];
  /** User inside the container that was asked for, or null for the user of this process. */
  readonly userId: number | null;
}

const SHARED_NAMES: readonly string[] = [
  "imageOverrides",
  "dataDir",
  "environ",
  "network",
  "platform",
  "pull",
  "launcher",
] satisfies readonly (keyof ContainerOptions)[];

/**
 * `options` with defaults filled in, copied.
 * @param runner name of the runner, for messages
 * @param ownNames options that only this runner has
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`; `ERR_RUNCACHE_OPTION` on a value that an option cannot have
 */
export function resolveContainerOptions(
  runner: string,
  options: ContainerOptions,
  ownNames: readonly string[],
): ResolvedContainerOptions {
  checkOptionNames(runner, options, [...SHARED_NAMES, ...ownNames]);
  const { dataDir, launcher, network = "none", platform = null, pull = "missing" } = options;
  if (!PULL_POLICIES.includes(pull)) throw optionError("pull", pull, `one of ${PULL_POLICIES.join(", ")}`);
  if (network === "") throw optionError("network", network, 'a network, or "none"');
  if (platform !== null && !/^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/.test(platform)) {
    throw optionError("platform", platform, "os/arch or os/arch/variant, like linux/amd64");
  }
  return Object.freeze({
    imageOverrides: new Map(Object.entries(options.imageOverrides ?? {})),
    dataDir,
    environ: Object.freeze({ ...options.environ }),
    network,
    platform,
    pull,
    launcher,
  });
}

/**
 * `userId` as it was given to the option `name`, or null.
 * @throws UsageError `ERR_RUNCACHE_OPTION` where it is no id
 */
export function resolveUserId(name: string, userId: number | undefined): number | null {
  if (userId === undefined) return null;
  if (Number.isInteger(userId) && userId >= 0) return userId;
  throw optionError(name, userId, "a numeric user id");
}

/** An option with a value that it cannot have. `wanted` completes "it is …". */
export function optionError(name: string, value: unknown, wanted: string): UsageError {
  return new UsageError("ERR_RUNCACHE_OPTION", `option ${name} cannot be ${String(value)}: it is ${wanted}`, {
    name,
    value,
  });
}
