import { RecentMean } from "./recent-mean.js";

/** How far a sweep is. */
export interface ProgressEvent {
  readonly done: number;
  readonly hits: number;
  readonly runs: number;
  readonly failures: number;
  /** Points of the grid; null where it does not say. */
  readonly total: number | null;
  /** Points a second, of late; at the end, of the whole sweep. */
  readonly rate: number;
  /** Seconds until the end, judging by the latest points; null where nothing tells. */
  readonly secondsLeft: number | null;
  readonly elapsedSeconds: number;
  readonly isEnd: boolean;
}

export type ProgressListener = (event: ProgressEvent) => void;

/** Milliseconds between two events. */
const INTERVAL_MS = 100;
/** So many runs say how long one takes; several times what is usually under way at once, which ends at once, too. */
const RUNS = 50;
/** So many hits say how long one takes: more than are looked up at once, of which the first waits for all. */
const HITS = 1000;
/** So many points say how many of the next have to be run. */
const POINTS = 20;

/** Counts what a sweep did, and tells of it. */
export class SweepProgress {
  readonly #listener: ProgressListener | undefined;
  readonly #total: number | null;
  readonly #now: () => number;
  readonly #start: number;
  #told = -Infinity;
  #hits = 0;
  #runs = 0;
  #failures = 0;
  /** When the latest point was done. */
  #latest: number;
  /** Milliseconds between the end of a run and that of the point before, however many are under way. */
  readonly #runMs = new RecentMean(RUNS);
  readonly #hitMs = new RecentMean(HITS);
  /** Share of points that are run. */
  readonly #runShare = new RecentMean(POINTS);

  /** @param now a clock, in milliseconds */
  constructor(
    listener: ProgressListener | undefined,
    total: number | null,
    now: () => number = () => performance.now(),
  ) {
    this.#listener = listener;
    this.#total = total;
    this.#now = now;
    this.#start = this.#latest = now();
  }

  done(isHit: boolean): void {
    if (isHit) this.#hits++;
    else this.#runs++;
    this.#tell(isHit);
  }

  failed(): void {
    this.#failures++;
    this.#tell(false);
  }

  end(): ProgressEvent {
    const event = this.#event(this.#now(), true);
    this.#listener?.(event);
    return event;
  }

  #tell(isHit: boolean): void {
    if (this.#listener === undefined) return;
    const now = this.#now();
    (isHit ? this.#hitMs : this.#runMs).add(now - this.#latest);
    this.#runShare.add(isHit ? 0 : 1);
    this.#latest = now;
    if (now - this.#told < INTERVAL_MS) return;
    this.#told = now;
    this.#listener(this.#event(now, false));
  }

  #event(now: number, isEnd: boolean): ProgressEvent {
    const [hits, runs, failures, total] = [this.#hits, this.#runs, this.#failures, this.#total];
    const done = hits + runs + failures;
    const elapsedSeconds = (now - this.#start) / 1000;
    const pointSeconds = isEnd ? elapsedSeconds / done : this.#pointMs(done) / 1000;
    const rate = pointSeconds > 0 ? 1 / pointSeconds : 0;
    const secondsLeft = total === null || rate === 0 ? null : Math.max(0, total - done) / rate;
    return { done, hits, runs, failures, total, rate, secondsLeft, elapsedSeconds, isEnd };
  }

  /** What the next point may take. Hits up to now promise none: a sweep that goes on meets all of its hits first. */
  #pointMs(done: number): number {
    const share = Math.max(this.#runShare.value, 1 - this.#hits / done);
    return share * this.#runMs.value + (1 - share) * this.#hitMs.value;
  }
}
