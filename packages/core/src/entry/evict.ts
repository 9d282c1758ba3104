import { opendirSync } from "node:fs";
import { isForbidden, isGone } from "../platform/system-error.js";
import { hasCode } from "../types/errors.js";
import type { CacheRoot } from "./cache-root.js";
import { useOf } from "./entry-usage.js";
import { removeTree } from "./remove-tree.js";
import { moveBack, moveToTrash } from "./trash.js";
import type { EntryPlace } from "./walk-entries.js";

/** What became of an entry that was to go. */
export type Eviction = "evicted" | "used" | "pinned" | "gone" | "stuck";

/**
 * Removes what stands at `place`, unless it was used or pinned since it was judged: it goes out of the
 * way first and is looked at again there, where no hit can find it.
 * @param judgedMs time of its last use when it was judged
 * @throws what the file system throws
 */
export function evict(root: CacheRoot, { key, dir }: EntryPlace, judgedMs: number): Eviction {
  try {
    if (root.isNetwork) opendirSync(dir).closeSync(); // else the time may be one that this client remembers
    const obstacle = whyNot(dir, judgedMs);
    if (obstacle !== null) return obstacle;
    const away = moveToTrash(root, dir);
    if (away === null) return "gone";
    const obstacleNow = whyNot(away, judgedMs);
    if (obstacleNow !== null) moveBack(root, key, away);
    else removeTree(away);
    return obstacleNow ?? "evicted";
  } catch (error) {
    if (isGone(error)) return "gone";
    if (isForbidden(error) || hasCode(error, "EBUSY", "EIO")) return "stuck";
    throw error;
  }
}

function whyNot(dir: string, judgedMs: number): Eviction | null {
  const use = useOf(dir);
  if (use === null) return "gone";
  if (use.isPinned) return "pinned";
  return use.usedAtMs === judgedMs ? null : "used";
}
