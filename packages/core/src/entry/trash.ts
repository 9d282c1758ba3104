import { renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { namesIn } from "../platform/names-in.js";
import { randomName } from "../platform/random-name.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import type { CacheKey } from "../types/brand.js";
import { hasCode } from "../types/errors.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { DRAFT_PREFIX, entryDir, shardName, TRASH_NAME } from "./layout.js";
import { peek } from "./read-manifest.js";
import { removeTree } from "./remove-tree.js";

/**
 * What became of an entry that was judged: it was removed, another one had taken its place and stays, it
 * was gone already, or the storage does not let it be moved.
 */
export type Condemned = "condemned" | "replaced" | "gone" | "stuck";

/**
 * Moves the entry of `key` out of the way and removes it, provided that it is the one that was judged.
 * @param nonce that of the judged entry's manifest
 */
export function condemn(root: CacheRoot, key: CacheKey, nonce: string): Condemned {
  try {
    const away = moveToTrash(root, entryDir(root.dir, key));
    if (away === null) return "gone";
    if (peek(away)?.nonce !== nonce) {
      moveBack(root, key, away);
      return "replaced";
    }
    removeTree(away);
    return "condemned";
  } catch (error) {
    if (isSystemError(error)) return "stuck";
    throw error;
  }
}

/** Others may delete the empty trash at the same time, but not for ever. */
const ATTEMPTS = 10;

/**
 * Renames the host path `path`, which lies in the cache, into the trash.
 * @returns where it is now, or null where it was gone
 * @throws what the file system throws
 */
export function moveToTrash(root: CacheRoot, path: string): string | null {
  for (let attempt = 1; ; attempt++) {
    const away = join(root.dir, TRASH_NAME, randomName());
    try {
      renameSync(path, away);
      return away;
    } catch (error) {
      if (hasCode(error, "EXDEV")) return moveAside(path);
      if (!isGone(error) || attempt === ATTEMPTS) throw error;
      if (lstatIfAny(path) === null) return null;
      ensureDir(root, TRASH_NAME);
    }
  }
}

/** Beside its place, where bind mounts keep it from the trash. */
function moveAside(path: string): string {
  const away = join(dirname(path), `${DRAFT_PREFIX}${randomName()}`);
  renameSync(path, away);
  return away;
}

/**
 * Returns what lies at the host path `away` to the place of `key`, unless another took it meanwhile.
 * @throws what the file system throws
 */
export function moveBack(root: CacheRoot, key: CacheKey, away: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(away, entryDir(root.dir, key));
      return;
    } catch (error) {
      if (hasCode(error, "EEXIST", "ENOTEMPTY", "ENOTDIR")) return void removeTree(away);
      if (!hasCode(error, "ENOENT") || attempt === ATTEMPTS) throw error;
      ensureDir(root, shardName(key)); // deleted as empty
    }
  }
}

/** What lies in the trash for so long, in milliseconds, was left there by a process that died. */
const ABANDONED_MS = 60 * 60_000;

/**
 * Removes what others left in the trash. What went there lately may still be on its way back.
 * @param nowMs time of the cache's file system
 * @returns how many things were removed
 * @throws what the file system throws
 */
export function sweepTrash(root: CacheRoot, nowMs: number): number {
  const trash = join(root.dir, TRASH_NAME);
  return namesIn(trash).filter((name) => {
    const path = join(trash, name);
    const stats = lstatIfAny(path);
    // A rename leaves the mtime of what is renamed alone.
    return stats !== null && nowMs - stats.ctimeMs > ABANDONED_MS && removeTree(path);
  }).length;
}
