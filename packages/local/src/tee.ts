import { writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { setImmediate, setTimeout as pause } from "node:timers/promises";

/** Milliseconds that a pipe may stay open after its tool has ended, in the hands of a process that got away. */
const DRAIN_MS = 1_000;

/** Copies everything that comes out of a pipe to a descriptor, and shows it to a handler. */
export class Tee {
  /** Settled when the pipe is closed; rejected with what the handler threw. */
  readonly closed: Promise<void>;
  readonly #stream: Readable;
  #unwritten: string | null = null;

  constructor(stream: Readable, fd: number, handler: (chunk: Uint8Array) => void) {
    this.#stream = stream;
    this.closed = new Promise((resolve, reject) => {
      stream.once("error", reject).once("close", resolve);
      stream.on("data", (chunk: Uint8Array) => {
        try {
          this.#write(fd, chunk);
          handler(chunk);
        } catch (error) {
          stream.destroy(error as Error);
        }
      });
    });
  }

  /** Why the descriptor did not get all of it, or null. The handler gets it all the same. */
  get unwritten(): string | null {
    return this.#unwritten;
  }

  /** Waits until everything was copied that the tool wrote, which has ended. */
  async drain(): Promise<void> {
    const quiet = pause(DRAIN_MS, undefined, { ref: false }).then(() => setImmediate());
    await Promise.race([this.closed, quiet]);
    this.destroy();
    await this.closed;
  }

  /** Closes the pipe, whoever still holds its other end. */
  destroy(): void {
    this.#stream.destroy();
  }

  #write(fd: number, chunk: Uint8Array): void {
    if (this.#unwritten !== null) return;
    try {
      writeAll(fd, chunk);
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      this.#unwritten = `what it printed could not be recorded: ${error.message}`;
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}
