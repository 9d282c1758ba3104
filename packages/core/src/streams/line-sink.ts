import type { LineHandler } from "../types/runner.js";
import { LineSplitter } from "./lines.js";

/**
 * Turns the bytes of a run's two streams into calls of line handlers. What a handler throws neither
 * stops the tool nor loses its result: that handler is not called any more, and `end` throws it.
 */
export class LineSink {
  /** Takes chunks of standard output; undefined where nobody listens. */
  readonly stdout: ((chunk: Uint8Array) => void) | undefined;
  /** Takes chunks of standard error; undefined where nobody listens. */
  readonly stderr: ((chunk: Uint8Array) => void) | undefined;
  readonly #ends: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(onStdout: LineHandler | undefined, onStderr: LineHandler | undefined) {
    this.stdout = this.#feeder(onStdout);
    this.stderr = this.#feeder(onStderr);
  }

  /** Both streams have ended: hands out their last lines. */
  flush(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /**
   * Flushes.
   * @throws the first error that a handler threw
   */
  end(): void {
    this.flush();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #feeder(handler: LineHandler | undefined): ((chunk: Uint8Array) => void) | undefined {
    if (handler === undefined) return undefined;
    let failed = false;
    const splitter = new LineSplitter((line) => {
      if (failed) return;
      try {
        handler(line);
      } catch (error) {
        failed = true;
        this.#failure ??= { error };
      }
    });
    this.#ends.push(() => splitter.end());
    return (chunk) => splitter.push(chunk);
  }
}
