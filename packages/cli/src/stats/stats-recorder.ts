import type { CacheEvent } from "@runcache/core";
import { appendStats } from "./append-stats.js";
import { StatsRecord } from "./stats-record.js";

/** What is counted is written this long after it happened, at the latest. Milliseconds. */
const FLUSH_MS = 1000;

/**
 * Counts the events of a program for `runcache stats`. Exact for processes that end; a kill loses at most
 * the last second.
 * @example
 * ```ts
 * import { CachingRunner, LocalRunner, StatsRecorder } from "runcache";
 *
 * const cacheDir = "/scratch/cache";
 * const stats = new StatsRecorder(cacheDir);
 * const runner = new CachingRunner({ base: new LocalRunner(), cacheDir, onEvent: stats.listener });
 * ```
 */
export class StatsRecorder {
  readonly #cacheDir: string;
  readonly #record = new StatsRecord();
  #timer: NodeJS.Timeout | null = null;

  /** @param cacheDir host path of the cache whose events it will be given */
  constructor(cacheDir: string) {
    this.#cacheDir = cacheDir;
    process.once("exit", () => this.flush());
  }

  /** For `onEvent`. */
  readonly listener = (event: CacheEvent): void => {
    this.#record.add(event);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS).unref();
  };

  /** Writes what was counted so far. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    appendStats(this.#cacheDir, this.#record.take(Date.now()));
  }
}
