import { checkOptionNames } from "../key/option-names.js";
import { UsageError } from "../types/errors.js";
import type { CacheKey } from "../types/brand.js";

/** What an entry must exceed, or the cache hold too much of, for entries to go. */
export interface PruneLimits {
  /** Entries that were not used for longer go. Milliseconds. @default no limit */
  readonly maxAgeMs?: number;
  /** Entries go until the contents of the cache are no larger. @default no limit */
  readonly maxSizeBytes?: number;
  /** @default no limit */
  readonly maxEntries?: number;
  /** Files, directories and links together. @default no limit */
  readonly maxInodes?: number;
}

/** Options of `prune`. */
export interface PruneOptions extends PruneLimits {
  /**
   * Which go first: those not used for longest (`lru`), or those that save the least time for the room
   * they take (`cost`). @default "lru"
   */
  readonly by?: PruneOrder;
  /** Entries used within this time are in use: their paths were handed out. Milliseconds. @default 24 hours */
  readonly keepUsedWithinMs?: number;
  /** Decide, but remove nothing. @default false */
  readonly dryRun?: boolean;
  /** Receives what is decided about every entry, in no order. */
  readonly onDecision?: (decision: PruneDecision) => void;
  /** Stops between two entries; what was removed by then is gone. */
  readonly signal?: AbortSignal;
}

/** What decides which entries go first. */
export const PRUNE_ORDERS = ["lru", "cost"] as const;
export type PruneOrder = (typeof PRUNE_ORDERS)[number];

/** The limit that an entry exceeds, or the budget that it does not fit into. */
export type EvictReason = "age" | "size" | "entries" | "inodes";

/**
 * Why an entry stays: within all limits, pinned, used lately (or just while it was to go), or the
 * storage does not let it go.
 */
export type KeepReason = "within-limits" | "pinned" | "in-use" | "stuck";

/** What is decided about one entry. */
export type PruneDecision = {
  readonly key: CacheKey;
  /** Milliseconds since 1970. */
  readonly usedAtMs: number;
} & (
  | { readonly action: "evict"; readonly reason: EvictReason; readonly sizeBytes: number; readonly inodes: number }
  | { readonly action: "keep"; readonly reason: KeepReason }
);

/** Every option, with its default. A limit that is not set is infinite. */
export type ResolvedPruneOptions = Required<Omit<PruneOptions, "onDecision" | "signal">> &
  Pick<PruneOptions, "onDecision" | "signal">;

const DAY_MS = 24 * 60 * 60_000;

const AMOUNTS = ["maxAgeMs", "maxSizeBytes", "maxEntries", "maxInodes", "keepUsedWithinMs"] as const;

/**
 * `options` with defaults.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_PRUNE_OPTION`
 */
export function resolvePruneOptions(options: PruneOptions): ResolvedPruneOptions {
  checkOptionNames("prune", options, [...AMOUNTS, "by", "dryRun", "onDecision", "signal"]);
  for (const name of AMOUNTS) {
    const value: unknown = options[name];
    if (value !== undefined && !(typeof value === "number" && value >= 0))
      throw optionError(name, value, "a number of 0 or more");
  }
  if (options.by !== undefined && !PRUNE_ORDERS.includes(options.by)) {
    throw optionError("by", options.by, PRUNE_ORDERS.join(" or "));
  }
  return {
    maxAgeMs: Infinity,
    maxSizeBytes: Infinity,
    maxEntries: Infinity,
    maxInodes: Infinity,
    by: "lru",
    keepUsedWithinMs: DAY_MS,
    dryRun: false,
    ...options,
  };
}

function optionError(name: string, value: unknown, wanted: string): UsageError {
  return new UsageError("ERR_RUNCACHE_PRUNE_OPTION", `prune: ${name} is ${String(value)}; it must be ${wanted}`, {
    option: name,
    value,
  });
}
