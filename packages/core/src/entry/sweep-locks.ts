import { renameSync, type Stats } from "node:fs";
import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { debugLog } from "../platform/debug.js";
import { namesIn } from "../platform/names-in.js";
import { isSystemError } from "../platform/system-error.js";
import { lifeOfThread } from "../platform/thread-identity.js";
import type { CacheRoot } from "./cache-root.js";
import { LOCK_NAME, LOCKS_NAME } from "./layout.js";
import { readOwner } from "./owner.js";
import { removeTree } from "./remove-tree.js";
import { moveToTrash } from "./trash.js";

/** The holder of a lock changes its time every ten seconds; one so old, in milliseconds, is held by nobody. */
const ABANDONED_MS = 24 * 60 * 60_000;

/**
 * Removes the locks of processes that were killed: at once where their holder ran on this machine and is dead;
 * else where it did not show for a day by the clock of the cache's file system, and is not known to live.
 * @param nowMs time of the cache's file system
 * @returns how many were removed
 * @throws what the file system throws
 */
export function sweepLocks(root: CacheRoot, nowMs: number): number {
  const dir = join(root.dir, LOCKS_NAME);
  const names = namesIn(dir).filter((name) => LOCK_NAME.test(name));
  return names.filter((name) => sweepLock(root, join(dir, name), nowMs)).length;
}

function sweepLock(root: CacheRoot, path: string, nowMs: number): boolean {
  const stats = lstatIfAny(path);
  if (stats === null) return false;
  const owner = stats.isFile() ? readOwner(path) : null;
  const life = owner === null ? "unknown" : lifeOfThread(owner);
  const isAbandoned = life !== "alive" && isOld(stats, nowMs);
  return (life === "dead" || isAbandoned) && remove(root, path, stats);
}

/** Looked at again where nobody can take it any more: it may have been taken since it was judged. */
function remove(root: CacheRoot, path: string, { ino, mtimeMs }: Stats): boolean {
  try {
    const away = moveToTrash(root, path);
    const now = away === null ? null : lstatIfAny(away);
    if (away === null || now === null) return false;
    if (now.ino === ino && now.mtimeMs === mtimeMs) return removeTree(away);
    renameSync(away, path);
    return false;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    debugLog("sweep", "%s is left for later: %s", path, error.message); // another user's, or taken again
    return false;
  }
}

/** A heart-beat sets the mtime by the clock of its machine; the ctime is the file system's own. */
function isOld({ ctimeMs }: Stats, nowMs: number): boolean {
  return nowMs - ctimeMs > ABANDONED_MS;
}
