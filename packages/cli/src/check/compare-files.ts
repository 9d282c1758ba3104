import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { differingLine } from "./tolerance.js";

/** Where two files first differ. */
export interface Place {
  /** Bytes before it. */
  readonly offsetBytes: number;
  /** From 1. */
  readonly line: number;
}

const CHUNK_BYTES = 1024 * 1024;

/**
 * Where the files at the host paths `first` and `second` first differ, or null where they are equal.
 * @throws what the file system throws
 */
export function firstDifference(first: string, second: string): Place | null {
  const fds = [openSync(first, "r")];
  try {
    fds.push(openSync(second, "r"));
    const [a = -1, b = -1] = fds;
    let line = 1;
    for (let offset = 0; ; offset += CHUNK_BYTES) {
      const [left, right] = [readChunk(a, offset), readChunk(b, offset)];
      if (left.equals(right)) {
        if (left.length < CHUNK_BYTES) return null;
        line += countLines(left);
        continue;
      }
      const at = commonLength(left, right);
      return { offsetBytes: offset + at, line: line + countLines(left.subarray(0, at)) };
    }
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

/** As `firstDifference`, for text in which numbers may differ by `most`; other bytes are compared as they are. */
export function firstDifferenceBut(first: string, second: string, most: number): Place | null {
  const place = firstDifference(first, second);
  if (place === null) return null;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let texts: string[];
  try {
    texts = [first, second].map((path) => decoder.decode(readFileSync(path)));
  } catch (error) {
    if (error instanceof TypeError) return place; // no text
    throw error;
  }
  const [a = "", b = ""] = texts;
  const line = differingLine(a, b, most);
  if (line === null) return null;
  const before = a.split("\n").slice(0, line - 1);
  return { line, offsetBytes: Buffer.byteLength(before.map((text) => `${text}\n`).join("")) };
}

function readChunk(fd: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let length = 0;
  while (length < CHUNK_BYTES) {
    const read = readSync(fd, buffer, length, CHUNK_BYTES - length, position + length);
    if (read === 0) break;
    length += read;
  }
  return buffer.subarray(0, length);
}

function commonLength(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  for (let index = 0; index < most; index++) if (a[index] !== b[index]) return index;
  return most;
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}
