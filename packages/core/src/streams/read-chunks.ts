import { closeSync, openSync, readSync } from "node:fs";

const CHUNK_BYTES = 64 * 1024;

/**
 * The bytes of `file` (a host path, or an open descriptor whatever its position) from its start. One
 * buffer serves all chunks: each is valid until the next is asked for.
 * @throws what opening and reading throw
 */
export function* readChunks(file: string | number): Generator<Uint8Array, void, undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const fd = typeof file === "number" ? file : openSync(file, "r");
  try {
    for (let position = 0; ;) {
      const length = readSync(fd, buffer, 0, CHUNK_BYTES, position);
      if (length === 0) return;
      position += length;
      yield buffer.subarray(0, length);
    }
  } finally {
    if (fd !== file) closeSync(fd);
  }
}
