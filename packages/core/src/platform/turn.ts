import { setImmediate } from "node:timers/promises";

/** Milliseconds that a loop may keep others of the thread from running. */
const LONGEST_MS = 5;

/** A turn of the event loop, for loops that block it: timers, signals and others get theirs now and then. */
export class Turn {
  #startedMs = performance.now();

  /** Whether it takes long by now. */
  get isLong(): boolean {
    return performance.now() - this.#startedMs >= LONGEST_MS;
  }

  /** Lets the others run, and begins the next. */
  async end(): Promise<void> {
    await setImmediate();
    this.begin();
  }

  begin(): void {
    this.#startedMs = performance.now();
  }
}
