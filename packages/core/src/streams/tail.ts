import { closeSync, fstatSync, openSync } from "node:fs";
import { readAt } from "./descriptor-bytes.js";

/** So many lines of each stream are told of a failed tool: tools disagree where diagnostics go. */
export const TAIL_LINES = 40;

/** A longer line is cut, so that a tail never holds more than some 160 KiB. */
const LONGEST_LINE_BYTES = 4096;

/** Nothing further from the end of a file than this is read. */
const FURTHEST_BYTES = 4 * 1024 * 1024;

const PIECE_BYTES = 64 * 1024;
const CUT = "…";
const LINE_FEED = 0x0a;

/**
 * The last lines of `file` (a host path or an open descriptor), at most {@link TAIL_LINES}. Reads
 * backwards from its end, never the whole of a large file; where a line is cut, `…` stands for what is
 * missing.
 * @throws what opening and reading throw
 */
export function tailOfFile(file: string | number): string[] {
  const fd = typeof file === "number" ? file : openSync(file, "r");
  try {
    return readTail(fd);
  } finally {
    if (fd !== file) closeSync(fd);
  }
}

function readTail(fd: number): string[] {
  const sizeBytes = fstatSync(fd).size;
  if (sizeBytes === 0) return [];
  const [last] = readAt(fd, sizeBytes - 1, 1);
  let end = last === LINE_FEED ? sizeBytes - 1 : sizeBytes;
  const furthest = Math.max(0, sizeBytes - FURTHEST_BYTES);
  const lines: string[] = [];
  // A line feed in the last place ends the last line, and begins none.
  for (const feed of lineFeedsBackwards(fd, furthest, sizeBytes - 1)) {
    lines.push(readLine(fd, feed + 1, end));
    end = feed;
    if (lines.length === TAIL_LINES) return lines.reverse();
  }
  lines.push((furthest > 0 ? CUT : "") + readLine(fd, furthest, end));
  return lines.reverse();
}

/** Offsets of the line feeds in `[start, end)`, the last one first. */
function* lineFeedsBackwards(fd: number, start: number, end: number): Generator<number, void, undefined> {
  for (let pieceEnd = end; pieceEnd > start; pieceEnd -= PIECE_BYTES) {
    const pieceStart = Math.max(start, pieceEnd - PIECE_BYTES);
    const piece = readAt(fd, pieceStart, pieceEnd - pieceStart);
    for (let index = piece.length - 1; index >= 0; index--) {
      if (piece[index] === LINE_FEED) yield pieceStart + index;
    }
  }
}

function readLine(fd: number, start: number, end: number): string {
  const bytes = readAt(fd, start, Math.min(end - start, LONGEST_LINE_BYTES));
  return bytes.toString("utf8") + (end - start > LONGEST_LINE_BYTES ? CUT : "");
}

/** Keeps the last lines of a stream while they come. */
export class LineTail {
  readonly #lines: string[] = [];

  /** The last lines so far, at most {@link TAIL_LINES}. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  push(line: string): void {
    if (this.#lines.length === TAIL_LINES) this.#lines.shift();
    this.#lines.push(line.length > LONGEST_LINE_BYTES ? line.slice(0, LONGEST_LINE_BYTES) + CUT : line);
  }
}
