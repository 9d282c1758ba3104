import { closeSync, fchmodSync, openSync, unlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { isGone, isSystemError } from "../platform/system-error.js";
import { hasCode, RuncacheError, UsageError } from "../types/errors.js";
import type { CacheRoot } from "./cache-root.js";
import type { Entry } from "./entry.js";
import { PIN_PATH } from "./layout.js";
import { bump, PINNED_TIME_S } from "./touch.js";

/**
 * Keeps `entry` from every prune, also from `find`: by a file in its record and the time of its directory.
 * @throws UsageError `ERR_RUNCACHE_NO_ENTRY` where it went away meanwhile; RuncacheError `ERR_RUNCACHE_PIN`
 * where only its owner could do that, or the storage fails
 */
export function pin(root: CacheRoot, { key, dir }: Entry): void {
  try {
    pinDirectory(root, dir);
  } catch (error) {
    throw pinError(key, "pinned", error);
  }
}

/**
 * Gives `entry` back to the prunes, as used now.
 * @throws as {@link pin}
 */
export function unpin({ key, dir }: Entry): void {
  try {
    unlinkIfThere(join(dir, PIN_PATH));
    bump({ dir });
  } catch (error) {
    throw pinError(key, "unpinned", error);
  }
}

/** The refusal of a key that no entry has. */
export function noEntry(key: string): UsageError {
  return new UsageError("ERR_RUNCACHE_NO_ENTRY", `there is no entry ${key}; 'runcache ls' lists those that are`, {
    key,
  });
}

/**
 * Pins what lies in the host directory `dir`, or leaves it alone where its time cannot be set.
 * @throws what the file system throws
 */
export function pinDirectory(root: CacheRoot, dir: string): void {
  const path = join(dir, PIN_PATH);
  makeIfMissing(path, root.modes.file);
  try {
    utimesSync(dir, PINNED_TIME_S, PINNED_TIME_S);
  } catch (error) {
    unlinkIfThere(path);
    throw error;
  }
}

function pinError(key: string, what: string, error: unknown): unknown {
  if (isGone(error)) return noEntry(key);
  if (!isSystemError(error)) return error;
  const why = ["EACCES", "EPERM"].includes(error.code)
    ? "only the user who made it can do that"
    : `${error.message}; make the cache writable and try again`;
  const message = `the entry ${key} cannot be ${what}: ${why}`;
  return new RuncacheError("ERR_RUNCACHE_PIN", message, { key }, error);
}

function makeIfMissing(path: string, mode: number): void {
  let fd: number;
  try {
    fd = openSync(path, "wx");
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    throw error;
  }
  fchmodSync(fd, mode);
  closeSync(fd);
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}
