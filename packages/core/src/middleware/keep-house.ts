import { statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ensureDir } from "../entry/cache-root.js";
import { STATS_NAME } from "../entry/layout.js";
import type { PruneLimits } from "../entry/prune-options.js";
import { prune } from "../entry/prune.js";
import { renewStamp } from "../platform/renew-stamp.js";
import { isSystemError } from "../platform/system-error.js";
import { hasCode } from "../types/errors.js";
import type { CacheContext } from "./cache-context.js";

/** All processes together prune no more often. Milliseconds. */
const PRUNE_EVERY_MS = 10 * 60_000;
/** A cache without a limit is worth a word from here on. */
const DISK_SHARE = 0.8;
/** Milliseconds. */
const LOOK_EVERY_MS = 1000;

const STAMP_NAME = "pruned";

/**
 * After a commit: keeps the limits that the cache's owner set in `.runcache.json`, now and then and in
 * the background; where no size is set, warns once when the disk is filling up.
 */
export function keepHouse(context: CacheContext): void {
  const limits = limitsOf(context);
  try {
    if (limits.maxSizeBytes === undefined) warnOfFullDisk(context);
    if (Object.keys(limits).length > 0 && isDue(context)) pruneInBackground(context, limits);
  } catch (error) {
    if (!isSystemError(error)) throw error; // of no run's concern
  }
}

/** The limits of the marker, in the units of `prune`. */
function limitsOf({ root }: CacheContext): PruneLimits {
  const limits: Record<string, number> = {};
  for (const name of ["maxAgeMs", "maxSizeBytes", "maxEntries", "maxInodes"] as const) {
    const value = root.marker.limits[name];
    if (typeof value === "number" && value >= 0) limits[name] = value;
  }
  return limits;
}

/** Whether nobody pruned lately; who asks, is to do it. */
function isDue({ root }: CacheContext): boolean {
  const stamp = join(ensureDir(root, STATS_NAME), STAMP_NAME);
  try {
    if (Date.now() - statSync(stamp).mtimeMs < PRUNE_EVERY_MS) return false;
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  renewStamp(stamp);
  return true;
}

function pruneInBackground({ root, reporter }: CacheContext, limits: PruneLimits): void {
  const pruning = prune(root, {
    ...limits,
    onDecision: (decision) => {
      if (decision.action !== "evict") return;
      const { key, sizeBytes, reason } = decision;
      reporter.emit({ type: "evicted", key, sizeBytes, reason });
    },
  });
  pruning.catch((error: unknown) => {
    reporter.trouble("RUNCACHE_PRUNE", root.dir, `the cache ${root.dir} could not be pruned: ${String(error)}`, error);
  });
}

let warned = false;
/** When the disk was looked at last, by `performance.now()`. */
let lookedAtMs = -Infinity;

function warnOfFullDisk({ root, reporter }: CacheContext): void {
  if (warned || performance.now() - lookedAtMs < LOOK_EVERY_MS) return;
  lookedAtMs = performance.now();
  const { blocks, bavail } = statfsSync(root.dir);
  const used = 1 - bavail / blocks;
  if (!(used > DISK_SHARE)) return;
  warned = true;
  reporter.trouble(
    "RUNCACHE_DISK",
    root.dir,
    `the disk of the cache ${root.dir} is ${Math.round(used * 100)} % full, and the cache has no size limit: 'runcache prune --max-size' makes room, a maxSizeBytes among the limits of its .runcache.json keeps it`,
  );
}
