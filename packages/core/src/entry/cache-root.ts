import { chmodSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { filesystemKind, isNetworkKind, isVolatileKind } from "../platform/filesystem-kind.js";
import { isSystemError } from "../platform/system-error.js";
import { CacheRootError, hasCode } from "../types/errors.js";
import type { JsonObject } from "../types/json.js";
import { findExposure } from "./exposure.js";
import { LAYOUT_VERSION, MARKER_NAME, OWN_NAMES } from "./layout.js";
import { readMarker, writeMarker, type Marker, type Sharing } from "./marker.js";

/** Permission bits of what an entry holds; the executable bits of a file come on top. */
export interface EntryModes {
  readonly directory: number;
  readonly file: number;
}

const MODES: Readonly<Record<Sharing, EntryModes>> = {
  private: { directory: 0o700, file: 0o400 },
  group: { directory: 0o2770, file: 0o440 },
  "world-read": { directory: 0o755, file: 0o444 },
};

/** A cache directory that can be used. */
export interface CacheRoot {
  /** Host path. */
  readonly dir: string;
  readonly marker: Marker;
  /** Of what is made in the cache, whatever the umask. */
  readonly modes: EntryModes;
  /** Kind of the file system: `ext4`, `nfs`, … or `unknown`. */
  readonly filesystem: string;
  /** Whether other machines may write here too; a miss is then looked at twice. */
  readonly isNetwork: boolean;
  /** Whether nothing here survives a power cut anyway. */
  readonly isVolatile: boolean;
  /** Host path of the directory through which anybody on this machine could plant entries, or null. */
  readonly exposedBy: string | null;
}

/** How a root is opened. */
export interface OpenRootOptions {
  /** Make the cache where there is none. @default false */
  readonly create?: boolean;
  /** Sharing of a cache that is made. @default private; inside a setgid directory group */
  readonly shared?: Sharing;
  /** Limits of a cache that is made. @default none */
  readonly limits?: JsonObject;
}

/**
 * The cache at the host path `dir`.
 * @throws CacheRootError `ERR_RUNCACHE_ROOT_MISSING`, `ERR_RUNCACHE_ROOT_FOREIGN` (a directory of
 * something else), `ERR_RUNCACHE_ROOT_VERSION` (of a newer runcache), `ERR_RUNCACHE_ROOT_UNUSABLE` (a
 * file in the way, no rights, a damaged marker)
 */
export function openRoot(dir: string, { create = false, shared, limits = {} }: OpenRootOptions = {}): CacheRoot {
  try {
    const marker = readMarker(dir) ?? (create ? makeRoot(dir, shared, limits) : undefined);
    if (marker === undefined) throw missing(dir);
    const filesystem = filesystemKind(dir);
    return {
      dir,
      marker,
      modes: MODES[marker.shared],
      filesystem,
      isNetwork: isNetworkKind(filesystem),
      isVolatile: isVolatileKind(filesystem),
      exposedBy: findExposure(dir),
    };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new CacheRootError(
      "ERR_RUNCACHE_ROOT_UNUSABLE",
      dir,
      `the cache ${dir} cannot be used (${error.message}); mend that, or name another directory (RUNCACHE_DIR, where the call names none)`,
      error,
    );
  }
}

/**
 * Makes the directory `name` of the cache, which is never precious, where it is not there; a cache that
 * somebody removed is made anew.
 * @returns its host path
 * @throws what the file system throws
 */
export function ensureDir(root: CacheRoot, name: string): string {
  const dir = join(root.dir, name);
  try {
    makeDir(dir, root.modes.directory);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    try {
      makeRoot(root.dir, root.marker.shared, root.marker.limits);
    } catch (cause) {
      throw cause instanceof CacheRootError ? error : cause; // something else took its place
    }
    makeDir(dir, root.modes.directory);
  }
  return dir;
}

/** Makes the cache, or finishes what a killed process began; safe beside others who do the same. */
function makeRoot(dir: string, wanted: Sharing | undefined, limits: JsonObject): Marker {
  mkdirSync(dirname(dir), { recursive: true });
  refuseForeign(dir);
  const shared = wanted ?? (isSetgid(dir) || isSetgid(dirname(dir)) ? "group" : "private");
  const { directory, file } = MODES[shared];
  makeDir(dir, directory);
  if (wanted !== undefined && (statSync(dir).mode & 0o7777) !== directory) chmodSync(dir, directory);
  return writeMarker(dir, { layout: LAYOUT_VERSION, shared, limits }, file | 0o200);
}

function makeDir(dir: string, mode: number): void {
  try {
    mkdirSync(dir);
    chmodSync(dir, mode); // whatever the umask
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/** Only an empty directory, or one that a killed process left, may become a cache. */
function refuseForeign(dir: string): void {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return;
    throw error;
  }
  const foreign = names.find((name) => !OWN_NAMES.test(name));
  if (foreign === undefined) return;
  throw new CacheRootError(
    "ERR_RUNCACHE_ROOT_FOREIGN",
    dir,
    `${dir} is not a cache: it has no ${MARKER_NAME} and holds ${JSON.stringify(foreign)}; name an empty or a new directory`,
  );
}

function isSetgid(dir: string): boolean {
  return ((statSync(dir, { throwIfNoEntry: false })?.mode ?? 0) & 0o2000) !== 0;
}

function missing(dir: string): CacheRootError {
  const isThere = lstatIfAny(dir) !== null;
  const fault = isThere ? `${dir} is not a cache: it has no ${MARKER_NAME}` : `there is no cache at ${dir}`;
  return new CacheRootError(
    isThere ? "ERR_RUNCACHE_ROOT_FOREIGN" : "ERR_RUNCACHE_ROOT_MISSING",
    dir,
    `${fault}; check the path, or make one with 'runcache init'`,
  );
}
