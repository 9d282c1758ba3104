import { renameSync, type Stats } from "node:fs";
import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { debugLog } from "../platform/debug.js";
import { namesIn } from "../platform/names-in.js";
import { lifeOf } from "../platform/process-identity.js";
import { isSystemError } from "../platform/system-error.js";
import type { CacheRoot } from "./cache-root.js";
import { LOCK_NAME, LOCKS_NAME, lockOwnerPath } from "./layout.js";
import { readOwner } from "./owner.js";
import { removeTree } from "./remove-tree.js";
import { moveToTrash } from "./trash.js";

/** The holder of a lock changes its time every ten seconds; one so old, in milliseconds, is held by nobody. */
const ABANDONED_MS = 24 * 60 * 60_000;

/** Who takes a lock says so in less time, in milliseconds. */
const TAKEN_MS = 60_000;

/**
 * Removes the locks of processes that were killed: at once where their holder ran on this machine and is dead;
 * else where it did not show for a day by the clock of the cache's file system, and is not known to live.
 * @param nowMs time of the cache's file system
 * @returns how many were removed
 * @throws what the file system throws
 */
export function sweepLocks(root: CacheRoot, nowMs: number): number {
  const dir = join(root.dir, LOCKS_NAME);
  const names = new Set(namesIn(dir).map((name) => name.replace(/\.owner$/, "")));
  const paths = [...names].filter((name) => LOCK_NAME.test(name)).map((name) => join(dir, name));
  const swept = paths.filter((path) => sweepLock(root, path, nowMs)).length;
  // A lock that is held has an owner as old as the lock: it goes after its lock only.
  for (const path of paths) sweepOwner(root, path, nowMs);
  return swept;
}

function sweepLock(root: CacheRoot, path: string, nowMs: number): boolean {
  const stats = lstatIfAny(path);
  if (stats === null) return false;
  const ownerPath = lockOwnerPath(path);
  const life = lifeOfOwner(ownerPath);
  const isDead = life === "dead" && isItsOwner(lstatIfAny(ownerPath), stats, nowMs);
  const isAbandoned = life !== "alive" && isOld(stats, nowMs);
  return (isDead || isAbandoned) && remove(root, path, stats);
}

/** Who takes a lock that was broken writes its owner last: until then the file beside it names the dead one. */
function isItsOwner(owner: Stats | null, lock: Stats, nowMs: number): boolean {
  return owner !== null && (owner.ctimeMs >= lock.ctimeMs || nowMs - lock.ctimeMs > TAKEN_MS);
}

function sweepOwner(root: CacheRoot, path: string, nowMs: number): void {
  const ownerPath = lockOwnerPath(path);
  const stats = lstatIfAny(path) === null ? lstatIfAny(ownerPath) : null;
  if (stats !== null && (isOld(stats, nowMs) || lifeOfOwner(ownerPath) === "dead")) remove(root, ownerPath, stats);
}

function lifeOfOwner(ownerPath: string): "alive" | "dead" | "unknown" {
  const owner = readOwner(ownerPath);
  return owner === null ? "unknown" : lifeOf(owner);
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
