import type { EvictReason, KeepReason, PruneDecision, PruneOptions } from "./prune-options.js";
import type { Totals } from "./prune-plan.js";
import type { Swept } from "./sweep.js";

/** What a prune did, or under `dryRun` would do. */
export interface PruneReport {
  /** What went, and the limit that took it. */
  readonly evicted: Totals & { readonly byReason: Readonly<Record<EvictReason, number>> };
  /** How many entries stayed, and why. */
  readonly kept: { readonly entries: number; readonly byReason: Readonly<Record<KeepReason, number>> };
  /** What else was cleared away; null under `dryRun`. */
  readonly swept: Swept | null;
}

/** Adds decisions up, and tells the caller of each. */
export class PruneTally {
  readonly #onDecision: PruneOptions["onDecision"];
  readonly #evicted: Record<EvictReason, number> = { age: 0, size: 0, entries: 0, inodes: 0 };
  readonly #kept: Record<KeepReason, number> = { "within-limits": 0, pinned: 0, "in-use": 0, stuck: 0 };
  #sizeBytes = 0;
  #inodes = 0;

  constructor(onDecision: PruneOptions["onDecision"]) {
    this.#onDecision = onDecision;
  }

  count(decision: PruneDecision): void {
    if (decision.action === "evict") {
      this.#evicted[decision.reason] += 1;
      this.#sizeBytes += decision.sizeBytes;
      this.#inodes += decision.inodes;
    } else {
      this.#kept[decision.reason] += 1;
    }
    this.#onDecision?.(decision);
  }

  report(swept: Swept | null): PruneReport {
    const sizes = { sizeBytes: this.#sizeBytes, inodes: this.#inodes };
    return {
      evicted: { entries: total(this.#evicted), ...sizes, byReason: { ...this.#evicted } },
      kept: { entries: total(this.#kept), byReason: { ...this.#kept } },
      swept,
    };
  }
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
