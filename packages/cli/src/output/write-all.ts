import { writeSync } from "node:fs";
import { hasCode } from "@runcache/core";
import { OutputError } from "./output-error.js";

/**
 * Writes every byte of `chunk` to the open descriptor `fd`, blocking while its reader is slow.
 * @returns false where nobody reads any more (EPIPE)
 * @throws OutputError where it cannot be written otherwise
 */
export function writeAll(fd: number, chunk: Uint8Array | string): boolean {
  const bytes = typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk;
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (hasCode(error, "EPIPE")) return false;
      // Somebody made the descriptor non-blocking: a parent that shares its terminal, say.
      if (!hasCode(error, "EAGAIN"))
        throw error instanceof Error && "code" in error ? new OutputError(fd, error) : error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
  return true;
}

const RETRY_MS = 2;
