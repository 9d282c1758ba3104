/** How long a reading is carried on by the monotonic clock. */
const CARRIED_NS = 1_000_000_000n;

/** The clock that stamps files. A reading costs system calls, so it is read at most once a second. */
export class FileClock {
  readonly #readNs: () => bigint;
  #last: { readonly wallNs: bigint; readonly monotonicNs: bigint } | undefined;

  /** @param readNs nanoseconds since the epoch */
  constructor(readNs: () => bigint) {
    this.#readNs = readNs;
  }

  /** Nanoseconds since the epoch. */
  nowNs(): bigint {
    const monotonicNs = process.hrtime.bigint();
    if (this.#last === undefined || monotonicNs - this.#last.monotonicNs > CARRIED_NS) {
      this.#last = { wallNs: this.#readNs(), monotonicNs };
    }
    return this.#last.wallNs + (monotonicNs - this.#last.monotonicNs);
  }
}
