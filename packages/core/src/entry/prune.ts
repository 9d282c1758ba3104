import { rmdirSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../platform/system-error.js";
import { cacheNowMs } from "./cache-clock.js";
import type { CacheRoot } from "./cache-root.js";
import { sizeOf, useOf, type EntrySize, type EntryUse } from "./entry-usage.js";
import { evict } from "./evict.js";
import {
  resolvePruneOptions,
  type KeepReason,
  type PruneDecision,
  type PruneOptions,
  type ResolvedPruneOptions,
} from "./prune-options.js";
import { PrunePlanner, type Candidate, type PrunePlan } from "./prune-plan.js";
import { PruneTally, type PruneReport } from "./prune-report.js";
import { sweep } from "./sweep.js";
import { walkEntries, walkShards, type EntryPlace } from "./walk-entries.js";

/**
 * Removes entries of `root` until it keeps the limits (DESIGN §7 "Prune"): pins and what is in use stay.
 * Walks the cache twice, once to count and once to decide; memory grows by a few bytes an entry.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_PRUNE_OPTION`; the signal's reason;
 * what the file system throws
 */
export async function prune(root: CacheRoot, options: PruneOptions = {}): Promise<PruneReport> {
  const resolved = resolvePruneOptions(options);
  const nowMs = cacheNowMs(root);
  const plan = await makePlan(root, resolved, nowMs);
  const tally = new PruneTally(resolved.onDecision);
  for await (const place of walkEntries(root)) {
    resolved.signal?.throwIfAborted();
    const decision = carryOut(root, place, plan, resolved, nowMs);
    if (decision !== null) tally.count(decision);
  }
  if (!resolved.dryRun) await removeEmptyShards(root);
  return tally.report(resolved.dryRun ? null : await sweep(root, nowMs));
}

async function makePlan(root: CacheRoot, options: ResolvedPruneOptions, nowMs: number): Promise<PrunePlan> {
  const planner = new PrunePlanner(options);
  for await (const { dir } of walkEntries(root)) {
    options.signal?.throwIfAborted();
    const use = useOf(dir);
    if (use === null) continue;
    const size = needsSizes(options) ? measure(dir) : UNKNOWN_SIZE;
    if (protection(use, options, nowMs) === null) planner.consider(candidate(use, size, options, nowMs), size);
    else planner.protect(size);
  }
  return planner.plan();
}

/** What is decided about `place`, and done; null where nothing stands there any more. */
function carryOut(
  root: CacheRoot,
  place: EntryPlace,
  plan: PrunePlan,
  options: ResolvedPruneOptions,
  nowMs: number,
): PruneDecision | null {
  const { key, dir } = place;
  const use = useOf(dir);
  if (use === null) return null;
  const { usedAtMs } = use;
  const keep = (reason: KeepReason): PruneDecision => ({ key, usedAtMs, action: "keep", reason });
  const protectedBy = protection(use, options, nowMs);
  if (protectedBy !== null) return keep(protectedBy);
  const ranked = candidate(use, options.by === "cost" ? measure(dir) : UNKNOWN_SIZE, options, nowMs);
  const reason = plan.decide(ranked);
  if (reason === null) return keep("within-limits");
  const { sizeBytes, inodes } = measure(dir); // only of what goes: the rest need not be read
  const eviction = options.dryRun ? "evicted" : evict(root, place, usedAtMs);
  switch (eviction) {
    case "evicted":
      return { key, usedAtMs, action: "evict", reason, sizeBytes, inodes };
    case "used":
      return keep("in-use");
    case "pinned":
    case "stuck":
      return keep(eviction);
    case "gone":
      return null;
  }
}

function protection({ isPinned, usedAtMs }: EntryUse, options: ResolvedPruneOptions, nowMs: number): KeepReason | null {
  if (isPinned) return "pinned";
  return nowMs - usedAtMs < options.keepUsedWithinMs ? "in-use" : null;
}

function candidate({ usedAtMs }: EntryUse, size: EntrySize, options: ResolvedPruneOptions, nowMs: number): Candidate {
  const rank = options.by === "cost" ? size.savesMs / Math.max(1, size.sizeBytes) : usedAtMs;
  return { rank, ageMs: nowMs - usedAtMs };
}

const UNKNOWN_SIZE: EntrySize = { sizeBytes: 0, inodes: 0, savesMs: 0 };

function needsSizes({ by, maxSizeBytes, maxInodes }: ResolvedPruneOptions): boolean {
  return by === "cost" || maxSizeBytes < Infinity || maxInodes < Infinity;
}

/** What cannot be read counts as nothing, and is no reason to stop. */
function measure(dir: string): EntrySize {
  try {
    return sizeOf(dir);
  } catch (error) {
    if (isSystemError(error)) return UNKNOWN_SIZE;
    throw error;
  }
}

async function removeEmptyShards(root: CacheRoot): Promise<void> {
  for await (const shard of walkShards(root)) {
    try {
      rmdirSync(join(root.dir, shard));
    } catch (error) {
      if (!isSystemError(error)) throw error; // nearly always: it is not empty
    }
  }
}
