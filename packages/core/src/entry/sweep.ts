import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import type { CacheRoot } from "./cache-root.js";
import { DRAFT_PREFIX } from "./layout.js";
import { removeTree } from "./remove-tree.js";
import { sweepLocks } from "./sweep-locks.js";
import { sweepStaging } from "./sweep-staging.js";
import { sweepTrash } from "./trash.js";
import { directoriesIn, walkShards } from "./walk-entries.js";

/** How much of what dead processes left was cleared away. */
export interface Swept {
  readonly staging: number;
  readonly trash: number;
  /** Copies on their way to become entries. */
  readonly drafts: number;
  readonly locks: number;
}

/**
 * Clears away what dead processes left in the cache.
 * @param nowMs time of the cache's file system
 * @throws what the file system throws
 */
export async function sweep(root: CacheRoot, nowMs: number): Promise<Swept> {
  return {
    staging: sweepStaging(root, nowMs),
    trash: sweepTrash(root, nowMs),
    drafts: await sweepDrafts(root, nowMs),
    locks: sweepLocks(root, nowMs),
  };
}

/** A copy takes no longer, in milliseconds. */
const ABANDONED_MS = 24 * 60 * 60_000;

async function sweepDrafts(root: CacheRoot, nowMs: number): Promise<number> {
  let swept = 0;
  for await (const shard of walkShards(root)) {
    for await (const name of directoriesIn(join(root.dir, shard))) {
      const path = join(root.dir, shard, name);
      if (name.startsWith(DRAFT_PREFIX) && isOld(path, nowMs) && removeTree(path)) swept += 1;
    }
  }
  return swept;
}

function isOld(path: string, nowMs: number): boolean {
  const stats = lstatIfAny(path);
  return stats !== null && nowMs - stats.ctimeMs > ABANDONED_MS;
}
