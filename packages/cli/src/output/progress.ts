import type { Output } from "./output.js";

/** A line is written again this often. Milliseconds. */
const EVERY_MS = 200;

/** A line on a terminal that says how far something is; nothing elsewhere. */
export class Progress {
  readonly #err: Output;
  #writtenAtMs = -Infinity;
  #isShown = false;

  constructor(err: Output) {
    this.#err = err;
  }

  update(text: () => string): void {
    const nowMs = performance.now();
    if (!this.#err.isTerminal || nowMs - this.#writtenAtMs < EVERY_MS) return;
    this.#writtenAtMs = nowMs;
    this.#isShown = true;
    this.#err.write(`\r\u001b[K${text()}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#isShown) this.#err.write("\r\u001b[K");
    this.#isShown = false;
  }
}
