import {
  chmodSync,
  constants,
  copyFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  unlinkSync,
  type BigIntStats,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { hasCode } from "@runcache/core";
import { isAtOrBelow, type DeclaredOutput } from "./declared-outputs.js";
import { lstatIfAny } from "./path-stamps.js";
import { Replacement } from "./replacement.js";

/**
 * Makes what an earlier hit linked to the cache (`--link`) the user's own again, before the command runs:
 * else it could not write its outputs, or would write into an entry.
 * @param cacheDir absolute host path
 * @throws what the file system throws
 */
export function detachOutputs(outputs: readonly DeclaredOutput[], cacheDir: string): void {
  for (const { hostPath } of outputs) detach(hostPath, cacheDir);
}

/** Whether the host path `link` is a symbolic link into the cache, to something or to what is gone. */
export function leadsInto(cacheDir: string, link: string): boolean {
  if (lstatIfAny(link)?.isSymbolicLink() !== true) return false;
  const target = resolve(dirname(link), readlinkSync(link));
  return isAtOrBelow(target, cacheDir) || isAtOrBelow(realOf(target), realOf(cacheDir));
}

function detach(path: string, cacheDir: string): void {
  const stats = lstatIfAny(path);
  if (stats?.isDirectory() === true) {
    for (const name of readdirSync(path)) detach(join(path, name), cacheDir);
  } else if (stats?.isFile() === true ? isSharedForReading(stats) : leadsInto(cacheDir, path)) {
    makePrivate(path);
  }
}

/** A file that nobody may write and that has other names, as entries have and what is linked to them. */
function isSharedForReading({ nlink, mode }: BigIntStats): boolean {
  return nlink > 1n && (mode & 0o222n) === 0n;
}

/** Puts a copy that its user may write in the place of the host path `path`; a link to what is gone goes. */
function makePrivate(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) {
    unlinkSync(path);
    return;
  }
  const replacement = new Replacement(path);
  try {
    copyFileSync(path, replacement.draft, constants.COPYFILE_FICLONE);
    chmodSync(replacement.draft, (mode & 0o777) | 0o200);
    replacement.swap();
  } catch (error) {
    replacement.undo();
    throw error;
  }
  replacement.finish();
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP", "EACCES")) return path;
    throw error;
  }
}
