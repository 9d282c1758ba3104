import { join } from "node:path";
import { namesIn } from "../platform/names-in.js";
import type { CacheRoot } from "./cache-root.js";
import { sizeByManifest, useOf, type EntrySize } from "./entry-usage.js";
import { INCOMING_NAME, TRASH_NAME } from "./layout.js";
import { readEntry } from "./read-manifest.js";
import { walkEntries } from "./walk-entries.js";

/** What a cache holds of one tool, or of all. */
export interface EntryTotals {
  readonly entries: number;
  /** Bytes of contents, records included. */
  readonly sizeBytes: number;
  /** Files, directories and links. */
  readonly inodes: number;
  /** Milliseconds that one hit of each entry saves. */
  readonly savesMs: number;
}

/** What a cache holds. */
export interface CacheStats extends EntryTotals {
  /** `package/name` → what is held of it. */
  readonly byTool: ReadonlyMap<string, EntryTotals>;
  readonly pinned: number;
  /** Places without a valid entry: results that were not cached, half-deleted entries, other versions. */
  readonly incomplete: number;
  /** Last use of the entry that was not used for longest, pinned ones left out; milliseconds since 1970. */
  readonly oldestUseMs: number | null;
  readonly newestUseMs: number | null;
  /** Runs under way, or left by processes that died. */
  readonly staging: number;
  /** Things on their way out. */
  readonly trash: number;
}

/**
 * Counts what `root` holds, by reading every manifest once.
 * @throws what listing the cache throws
 */
export async function cacheStats(root: CacheRoot): Promise<CacheStats> {
  const all = new Sum();
  const byTool = new Map<string, Sum>();
  let [pinned, incomplete] = [0, 0];
  let [oldestUseMs, newestUseMs] = [Infinity, -Infinity];
  for await (const { key, dir } of walkEntries(root)) {
    const entry = readEntry(key, dir);
    const use = useOf(dir);
    if (entry === null) {
      if (use !== null) incomplete += 1;
      continue;
    }
    const tool = `${entry.manifest.tool.package}/${entry.manifest.tool.name}`;
    let ofTool = byTool.get(tool);
    if (ofTool === undefined) byTool.set(tool, (ofTool = new Sum()));
    const size = sizeByManifest(dir, entry.manifest);
    for (const sum of [all, ofTool]) sum.add(size);
    if (use?.isPinned === true) pinned += 1;
    else if (use !== null) {
      oldestUseMs = Math.min(oldestUseMs, use.usedAtMs);
      newestUseMs = Math.max(newestUseMs, use.usedAtMs);
    }
  }
  return {
    ...all.totals,
    byTool: new Map([...byTool].map(([tool, sum]) => [tool, sum.totals])),
    pinned,
    incomplete,
    oldestUseMs: Number.isFinite(oldestUseMs) ? oldestUseMs : null,
    newestUseMs: Number.isFinite(newestUseMs) ? newestUseMs : null,
    staging: namesIn(join(root.dir, INCOMING_NAME)).length,
    trash: namesIn(join(root.dir, TRASH_NAME)).length,
  };
}

class Sum {
  totals: EntryTotals = { entries: 0, sizeBytes: 0, inodes: 0, savesMs: 0 };

  add(size: EntrySize): void {
    const { entries, sizeBytes, inodes, savesMs } = this.totals;
    this.totals = {
      entries: entries + 1,
      sizeBytes: sizeBytes + size.sizeBytes,
      inodes: inodes + size.inodes,
      savesMs: savesMs + size.savesMs,
    };
  }
}
