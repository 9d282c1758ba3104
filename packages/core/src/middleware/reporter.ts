import { debugLog } from "../platform/debug.js";
import { warnOnce } from "../platform/warn-once.js";
import type { CacheEvent, CacheEventType, EventListener } from "../types/event.js";

/** How often each outcome happened. */
export type Counters = Readonly<Record<CacheEventType, number>> & {
  /** Milliseconds of tool time that hits saved. */
  readonly savedMs: number;
};

/** Hands every event to `debug`, the counters and the user's listener. */
export class Reporter {
  readonly #listener: EventListener | undefined;
  readonly #counts = new Map<CacheEventType, number>();
  #savedMs = 0;

  constructor(listener: EventListener | undefined) {
    this.#listener = listener;
  }

  emit(event: CacheEvent): void {
    this.#counts.set(event.type, (this.#counts.get(event.type) ?? 0) + 1);
    if (event.type === "hit") this.#savedMs += event.savedMs;
    debugLog(event.type, "%o", event);
    if (this.#listener === undefined) return;
    try {
      this.#listener(event);
    } catch (error) {
      warnOnce("RUNCACHE_LISTENER", event.type, `onEvent threw on a '${event.type}' event: ${String(error)}`);
    }
  }

  /** Trouble of the cache: one event each time, one warning a cause, and no run fails. */
  trouble(code: string, about: string, message: string, cause?: unknown): void {
    this.emit({ type: "trouble", code, message, ...(cause === undefined ? {} : { cause }) });
    warnOnce(code, about, message);
  }

  counters(): Counters {
    const count = (type: CacheEventType): number => this.#counts.get(type) ?? 0;
    return {
      hit: count("hit"),
      miss: count("miss"),
      bypass: count("bypass"),
      stored: count("stored"),
      "lost-race": count("lost-race"),
      "not-stored": count("not-stored"),
      waited: count("waited"),
      corrupt: count("corrupt"),
      evicted: count("evicted"),
      trouble: count("trouble"),
      savedMs: this.#savedMs,
    };
  }
}
