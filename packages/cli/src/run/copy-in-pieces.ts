import { closeSync, constants, copyFileSync, openSync, readSync, writeSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

const PIECE_BYTES = 4 * 1024 * 1024;

/**
 * Copies the file at the host path `from` to the host path `to`: at once where the file system can clone it, else in
 * pieces, between which signals arrive and `signal` is obeyed.
 * @throws the signal's reason; what the file system throws. What was copied stays
 */
export async function copyInPieces(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  await setImmediate();
  signal?.throwIfAborted();
  if (isCloned(from, to)) return;
  const reader = openSync(from, "r");
  try {
    const writer = openSync(to, "w", 0o600); // a clone that failed has taken the file away
    try {
      await pump(reader, writer, signal);
    } finally {
      closeSync(writer);
    }
  } finally {
    closeSync(reader);
  }
}

async function pump(reader: number, writer: number, signal: AbortSignal | undefined): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let length = readSync(reader, piece); length > 0; length = readSync(reader, piece)) {
    for (let written = 0; written < length;) written += writeSync(writer, piece, written, length - written);
    await setImmediate();
    signal?.throwIfAborted();
  }
}

/** Whatever speaks against a clone is told by the copy, if it speaks against that too. */
function isCloned(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return false;
    throw error;
  }
}
