import { read, readSync } from "node:fs";
import { promisify } from "node:util";
import { perform, type Flow } from "../platform/flow.js";
import type { HashState } from "./hasher.js";
import { helperPool } from "./parallel/helper-pool.js";
import { isLastPiece, PIECE_BYTES, ReadAhead } from "./parallel/read-ahead.js";

let sharedPiece: Buffer | undefined;

/** The piece of the open file `fd` at `position`: all of a smaller file. Valid until the next call. */
export function readPiece(fd: number, position: number): Uint8Array {
  const piece = (sharedPiece ??= Buffer.allocUnsafeSlow(PIECE_BYTES));
  return piece.subarray(0, readSync(fd, piece, 0, PIECE_BYTES, position));
}

/** An open file on its way into a hash. */
export interface PieceSource {
  readonly fd: number;
  /** Size of the file; where it differs from the bytes that are read, the file changed meanwhile. */
  readonly expectedBytes: number;
  /** Whether the pieces may lie in memory that another thread fills. */
  readonly shared: boolean;
}

/**
 * Feeds all of an open file to `state`. Returns the number of bytes.
 * @throws what the system calls throw.
 */
export function* readPieces(source: PieceSource, state: HashState): Flow<number> {
  return yield* perform({
    sync: () => readBlocking(source, state),
    async: () => readUnblocked(source, state),
  });
}

/** Has another thread read ahead where that is worth its while. */
function readBlocking({ fd, expectedBytes, shared }: PieceSource, state: HashState): number {
  const startMs = performance.now();
  let ahead: ReadAhead | null = null;
  let mayAsk = shared;
  let total = 0;
  try {
    for (;;) {
      const piece: Uint8Array = ahead?.next(total) ?? readPiece(fd, total);
      if (piece.length > 0) state.update(piece);
      total += piece.length;
      if (isLastPiece(piece.length, total, expectedBytes)) return total;
      if (mayAsk && isWorthReadingAhead(performance.now() - startMs, total, expectedBytes)) {
        ahead = ReadAhead.start(fd, expectedBytes);
        mayAsk = false;
      }
    }
  } finally {
    ahead?.end();
  }
}

/** No prediction before this. */
const TRIAL_MS = 2;

function isWorthReadingAhead(elapsedMs: number, done: number, all: number): boolean {
  return elapsedMs >= TRIAL_MS && (elapsedMs / done) * (all - done) >= helperPool().worthMs;
}

const readPromise = promisify(read);

/** A piece that is read by another thread anyway may be larger: fewer turns of the event loop. */
const UNBLOCKED_PIECE_BYTES = 4 * PIECE_BYTES;

/** Reads the next piece while the last one is hashed. */
async function readUnblocked({ fd, expectedBytes }: PieceSource, state: HashState): Promise<number> {
  const fill = (piece: Buffer, position: number) => readPromise(fd, piece, 0, piece.length, position);
  let hashing = Buffer.allocUnsafeSlow(UNBLOCKED_PIECE_BYTES);
  let filling = Buffer.allocUnsafeSlow(UNBLOCKED_PIECE_BYTES);
  let total = 0;
  let pending: ReturnType<typeof fill> | undefined = fill(filling, total);
  try {
    for (;;) {
      const { bytesRead } = await pending;
      pending = undefined;
      [hashing, filling] = [filling, hashing];
      total += bytesRead;
      const isLast = bytesRead === 0 || (bytesRead < UNBLOCKED_PIECE_BYTES && total >= expectedBytes);
      if (!isLast) pending = fill(filling, total);
      if (bytesRead > 0) state.update(hashing.subarray(0, bytesRead));
      if (pending === undefined) return total;
    }
  } finally {
    await pending; // nobody may close the descriptor under a read
  }
}
