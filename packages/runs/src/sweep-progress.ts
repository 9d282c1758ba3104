/** How far a sweep is. */
export interface ProgressEvent {
  readonly done: number;
  readonly hits: number;
  readonly runs: number;
  readonly failures: number;
  /** Points of the grid; null where it does not say. */
  readonly total: number | null;
  /** Points a second. */
  readonly rate: number;
  /** Seconds until the end, judging by the time so far; null where nothing tells. */
  readonly secondsLeft: number | null;
  readonly elapsedSeconds: number;
  readonly isEnd: boolean;
}

export type ProgressListener = (event: ProgressEvent) => void;

/** Milliseconds between two events. */
const INTERVAL_MS = 100;

/** Counts what a sweep did, and tells of it. */
export class SweepProgress {
  readonly #listener: ProgressListener | undefined;
  readonly #total: number | null;
  readonly #start = performance.now();
  #told = -Infinity;
  #hits = 0;
  #runs = 0;
  #failures = 0;

  constructor(listener: ProgressListener | undefined, total: number | null) {
    this.#listener = listener;
    this.#total = total;
  }

  done(isHit: boolean): void {
    if (isHit) this.#hits++;
    else this.#runs++;
    this.#tell();
  }

  failed(): void {
    this.#failures++;
    this.#tell();
  }

  end(): ProgressEvent {
    const event = this.#event(true);
    this.#listener?.(event);
    return event;
  }

  #tell(): void {
    if (this.#listener === undefined) return;
    const now = performance.now();
    if (now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    this.#listener(this.#event(false));
  }

  #event(isEnd: boolean): ProgressEvent {
    const elapsedSeconds = (performance.now() - this.#start) / 1000;
    const done = this.#hits + this.#runs + this.#failures;
    const rate = elapsedSeconds === 0 ? 0 : done / elapsedSeconds;
    const secondsLeft = this.#total === null || rate === 0 ? null : Math.max(0, this.#total - done) / rate;
    const { hits, runs, failures } = { hits: this.#hits, runs: this.#runs, failures: this.#failures };
    return { done, hits, runs, failures, total: this.#total, rate, secondsLeft, elapsedSeconds, isEnd };
  }
}
