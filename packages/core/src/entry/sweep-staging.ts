import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { debugLog } from "../platform/debug.js";
import { namesIn } from "../platform/names-in.js";
import { lifeOf } from "../platform/process-identity.js";
import { isRandomName } from "../platform/random-name.js";
import { isForbidden, isSystemError } from "../platform/system-error.js";
import { cacheNowMs } from "./cache-clock.js";
import type { CacheRoot } from "./cache-root.js";
import { INCOMING_NAME, OWNER_NAME } from "./layout.js";
import { readOwner } from "./owner.js";
import { moveToTrash } from "./trash.js";
import { removeTree } from "./remove-tree.js";

/** Live staging directories are touched every ten minutes; one so old, in milliseconds, belongs to nobody. */
const ABANDONED_MS = 24 * 60 * 60_000;

/**
 * Removes the staging directories of dead processes, and those that are older than a day and whose
 * owner cannot be asked; never one of a process that lives on this machine.
 * @param nowMs time of the cache's file system
 * @returns how many were removed
 * @throws what the file system throws
 */
export function sweepStaging(root: CacheRoot, nowMs: number): number {
  const incoming = join(root.dir, INCOMING_NAME);
  return namesIn(incoming).filter((name) => {
    const dir = join(incoming, name);
    return isRandomName(name) && isAbandoned(dir, nowMs) && remove(root, dir);
  }).length;
}

const swept = new WeakSet<CacheRoot>();

/** Does {@link sweepStaging} at the first call for `root` in this process. Trouble of the storage is left to a prune. */
export function sweepStagingOnce(root: CacheRoot): void {
  if (swept.has(root)) return;
  swept.add(root);
  try {
    sweepStaging(root, cacheNowMs(root));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    debugLog("sweep", "%s: %s", root.dir, error.message);
  }
}

/** In one step, so that nobody works in half a directory. */
function remove(root: CacheRoot, dir: string): boolean {
  try {
    const away = moveToTrash(root, dir);
    return away !== null && removeTree(away);
  } catch (error) {
    if (isForbidden(error)) return false; // another user's
    throw error;
  }
}

function isAbandoned(dir: string, nowMs: number): boolean {
  const stats = lstatIfAny(dir);
  if (stats === null) return false;
  const owner = readOwner(join(dir, OWNER_NAME));
  const life = owner === null ? "unknown" : lifeOf(owner);
  return life === "dead" || (life === "unknown" && nowMs - stats.mtimeMs > ABANDONED_MS);
}
