import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { openCache, renewStamp, type PruneLimits } from "@runcache/core";
import type { Setting, Settings } from "../config/settings.js";
import { makeStatsDir, STATS_NAME } from "../stats/stats-dir.js";

/** All processes together look no more often. Milliseconds. */
const EVERY_MS = 10 * 60_000;

const STAMP_NAME = "limits";

/**
 * After a commit: keeps, now and then, the limits that the user configured, and the room that is to stay
 * free. Limits in the cache's own `.runcache.json` are kept by whoever commits, with or without a command.
 * @throws what the file system throws
 */
export async function keepLimits(settings: Settings): Promise<void> {
  const limits = ownLimits(settings);
  const reserveBytes = settings.reserve.value ?? 0;
  if (Object.keys(limits).length === 0 && reserveBytes === 0) return;
  const dir = settings.cacheDir.value;
  if (!isDue(dir)) return;
  const cache = openCache(dir);
  const { bavail, bsize } = statfsSync(dir);
  const lackingBytes = reserveBytes - bavail * bsize;
  const { sizeBytes } = lackingBytes > 0 ? await cache.stats() : { sizeBytes: Infinity };
  const maxSizeBytes = Math.min(limits.maxSizeBytes ?? Infinity, Math.max(0, sizeBytes - Math.max(0, lackingBytes)));
  await cache.prune({ ...limits, ...(Number.isFinite(maxSizeBytes) ? { maxSizeBytes } : {}) });
}

function ownLimits({ maxSize, maxAge, maxEntries }: Settings): PruneLimits {
  return {
    ...(isOwn(maxSize) ? { maxSizeBytes: maxSize.value } : {}),
    ...(isOwn(maxAge) ? { maxAgeMs: maxAge.value } : {}),
    ...(isOwn(maxEntries) ? { maxEntries: maxEntries.value } : {}),
  };
}

function isOwn(setting: Setting<number | null>): setting is Setting<number> {
  return setting.value !== null && setting.sources.every(({ kind }) => kind !== "cache");
}

/** Whether nobody looked lately; who asks, does it. */
function isDue(cacheDir: string): boolean {
  const stamp = join(cacheDir, STATS_NAME, STAMP_NAME);
  const stats = statSync(stamp, { throwIfNoEntry: false });
  if (stats !== undefined && Date.now() - stats.mtimeMs < EVERY_MS) return false;
  makeStatsDir(cacheDir);
  renewStamp(stamp);
  return true;
}
