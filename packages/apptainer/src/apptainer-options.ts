import {
  optionError,
  resolveContainerOptions,
  type ContainerOptions,
  type ResolvedContainerOptions,
} from "@runcache/container";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** Options of {@link ApptainerRunner}. */
export interface ApptainerOptions extends ContainerOptions {
  /** The `apptainer` (or `singularity`) program: a path, or a name on PATH. @default "apptainer" */
  readonly apptainerExecutable?: string;
  /** More arguments of `apptainer exec`; they win over ours, and enter the key. @default [] */
  readonly apptainerExtraArgs?: readonly string[];
  /**
   * Host path of the directory that images from registries are kept in, as SIF files.
   * @default `${XDG_CACHE_HOME:-~/.cache}/runcache/sif`
   */
  readonly sifDir?: string;
}

/** `ApptainerOptions` with everything decided. Frozen. */
export interface ResolvedApptainerOptions extends ResolvedContainerOptions {
  readonly executable: string;
  readonly extraArgs: readonly string[];
  /** Absolute. */
  readonly sifDir: string;
}

const OWN_NAMES = ["apptainerExecutable", "apptainerExtraArgs", "sifDir"] satisfies readonly (keyof ApptainerOptions)[];

/**
 * `options` with defaults filled in, copied.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_OPTION`
 */
export function resolveApptainerOptions(options: ApptainerOptions): ResolvedApptainerOptions {
  const { apptainerExecutable = "apptainer", apptainerExtraArgs = [], pull, sifDir } = options;
  if (pull === "always") {
    throw optionError("pull", pull, '"missing" or "never" with Apptainer: remove the SIF file to have it built again');
  }
  return Object.freeze({
    ...resolveContainerOptions("ApptainerRunner", options, OWN_NAMES),
    executable: apptainerExecutable,
    extraArgs: Object.freeze([...apptainerExtraArgs]),
    sifDir: resolve(sifDir ?? join(cacheHome(), "runcache", "sif")),
  });
}

function cacheHome(): string {
  const home = process.env["XDG_CACHE_HOME"] ?? "";
  return home === "" ? join(homedir(), ".cache") : home;
}
