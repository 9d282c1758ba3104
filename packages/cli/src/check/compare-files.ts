import { closeSync, openSync, readFileSync } from "node:fs";
import { readAt } from "@runcache/core";
import { differingLine } from "./tolerance.js";

/** Where two files first differ. */
export interface Place {
  /** Bytes before it. */
  readonly offsetBytes: number;
  /** From 1; null where one of them is no text there. */
  readonly line: number | null;
  /** What the first file and the second have there, cut where it is long; null where one of them is no text. */
  readonly texts: readonly [first: string, second: string] | null;
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
      const [left, right] = [readAt(a, offset, CHUNK_BYTES), readAt(b, offset, CHUNK_BYTES)];
      if (left.equals(right)) {
        if (left.length < CHUNK_BYTES) return null;
        line += countLines(left);
        continue;
      }
      const at = commonLength(left, right);
      const texts = textsAt([left, right], at);
      return {
        offsetBytes: offset + at,
        line: texts === null ? null : line + countLines(left.subarray(0, at)),
        texts,
      };
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
  if (a.includes("\0") || b.includes("\0")) return place; // no text either
  const line = differingLine(a, b, most);
  if (line === null) return null;
  const [left, right] = [a.split("\n"), b.split("\n")];
  const before = left.slice(0, line - 1).map((text) => `${text}\n`);
  return {
    line,
    offsetBytes: Buffer.byteLength(before.join("")),
    texts: [cut(left[line - 1] ?? ""), cut(right[line - 1] ?? "")],
  };
}

/** Longer texts are cut. Characters. */
const MOST_SHOWN = 60;

/** So much stands before the difference, to say where in its line it is. Bytes. */
const SHOWN_BEFORE = 20;

/** What both have in the line where they differ at `at`. */
function textsAt(chunks: readonly [Buffer, Buffer], at: number): [string, string] | null {
  const lineStart = chunks[0].lastIndexOf(10, at - 1) + 1;
  const start = at === 0 ? 0 : Math.max(lineStart, at - SHOWN_BEFORE);
  const [first, second] = chunks.map((chunk) => {
    const end = chunk.indexOf(10, at);
    const piece = chunk.subarray(start, Math.min(end === -1 ? chunk.length : end, at + 4 * MOST_SHOWN));
    const text = piece.toString("utf8").replace(/^\ufffd{1,3}|\ufffd{1,3}$/g, ""); // characters that were cut in two
    // eslint-disable-next-line no-control-regex -- what no text has
    return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(text) ? null : cut(text);
  });
  return typeof first === "string" && typeof second === "string" ? [first, second] : null;
}

function cut(text: string): string {
  const characters = Array.from(text);
  return characters.length <= MOST_SHOWN ? text : `${characters.slice(0, MOST_SHOWN).join("")}…`;
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
