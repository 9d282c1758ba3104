import type { CacheEvent, MissReason } from "@runcache/core";

/** How often what happened, as one line of a statistics file. */
export interface StatsIncrement {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** `package/name` */
  readonly tool: string;
  readonly hits: number;
  readonly misses: Readonly<Partial<Record<MissReason, number>>>;
  readonly bypasses: number;
  /** Results that were not kept. */
  readonly notStored: number;
  /** Milliseconds of tool time that hits saved. */
  readonly savedMs: number;
  /** Milliseconds that tools ran whose results were kept. */
  readonly ranMs: number;
  /** Bytes of outputs that entered the cache. */
  readonly storedBytes: number;
}

/** Counts the events of one process, by tool. */
export class StatsRecord {
  readonly #byTool = new Map<string, StatsIncrement>();

  add(event: CacheEvent): void {
    const change = changeOf(event);
    if (change === null) return;
    const sum = this.#byTool.get(change.tool) ?? { ...NOTHING, tool: change.tool };
    this.#byTool.set(change.tool, { ...sum, ...change.of(sum) });
  }

  /** What was counted since the last call, one increment a tool. */
  take(now: number): readonly StatsIncrement[] {
    const increments = [...this.#byTool.values()].map((increment) => ({ ...increment, at: now }));
    this.#byTool.clear();
    return increments;
  }
}

interface Change {
  readonly tool: string;
  of(sum: StatsIncrement): Partial<StatsIncrement>;
}

/** What an event adds; null where it is no outcome of a call. */
function changeOf(event: CacheEvent): Change | null {
  switch (event.type) {
    case "hit": {
      const { tool, savedMs } = event;
      return { tool, of: (sum) => ({ hits: sum.hits + 1, savedMs: sum.savedMs + savedMs }) };
    }
    case "miss": {
      const { tool, reason } = event;
      return { tool, of: ({ misses }) => ({ misses: { ...misses, [reason]: (misses[reason] ?? 0) + 1 } }) };
    }
    case "bypass":
      return { tool: event.tool, of: (sum) => ({ bypasses: sum.bypasses + 1 }) };
    case "not-stored":
      return { tool: event.tool, of: (sum) => ({ notStored: sum.notStored + 1 }) };
    case "stored": {
      const { tool, durationMs, sizeBytes } = event;
      return {
        tool,
        of: (sum) => ({ ranMs: sum.ranMs + durationMs, storedBytes: sum.storedBytes + sizeBytes }),
      };
    }
    default:
      return null;
  }
}

const NOTHING: StatsIncrement = {
  at: 0,
  tool: "",
  hits: 0,
  misses: {},
  bypasses: 0,
  notStored: 0,
  savedMs: 0,
  ranMs: 0,
  storedBytes: 0,
};
