import { StringDecoder } from "node:string_decoder";
import type { LineHandler } from "../types/runner.js";

/** A line of more bytes than this comes in pieces: a string can hold twice as much, and no more. */
const LONGEST_LINE_BYTES = 256 * 1024 * 1024;

/** Chunks are decoded in pieces of at most this, so that no chunk, however large, overflows a string. */
const DECODED_AT_ONCE_BYTES = 16 * 1024 * 1024;

/**
 * Cuts a stream of bytes into lines while it comes. Only a line feed ends a line (a carriage return
 * before it stays), empty lines count, and what follows the last line feed is a line too. Bytes that are
 * not UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #handler: LineHandler;
  readonly #longestLineBytes: number;
  /** One for the rest of the stream, from the first chunk that may split a character. */
  #decoder: StringDecoder | undefined;
  #pending = "";
  #pendingBytes = 0;

  /** @param longestLineBytes a line of more bytes comes in pieces */
  constructor(handler: LineHandler, longestLineBytes = LONGEST_LINE_BYTES) {
    this.#handler = handler;
    this.#longestLineBytes = longestLineBytes;
  }

  /** Takes the next bytes of the stream, and hands out the lines that they end. */
  push(chunk: Uint8Array): void {
    const stepBytes = Math.min(DECODED_AT_ONCE_BYTES, this.#longestLineBytes);
    for (let start = 0; start < chunk.length; start += stepBytes) {
      this.#take(chunk.subarray(start, start + stepBytes));
    }
  }

  /** The stream has ended: hands out the line that no line feed ended. */
  end(): void {
    if (this.#decoder !== undefined) this.#split(this.#decoder.end());
    if (this.#pending !== "") this.#flush();
  }

  #take(bytes: Uint8Array): void {
    const lastLineFeed = bytes.lastIndexOf(LINE_FEED);
    this.#split(this.#decode(bytes, lastLineFeed === bytes.length - 1));
    this.#pendingBytes = lastLineFeed === -1 ? this.#pendingBytes + bytes.length : bytes.length - 1 - lastLineFeed;
    if (this.#pendingBytes >= this.#longestLineBytes && this.#pending !== "") this.#flush();
  }

  /** Unlike `TextDecoder`, both ways are fast on ASCII; a small stream needs no decoder with a state at all. */
  #decode(bytes: Uint8Array, endsLine: boolean): string {
    if (this.#decoder === undefined && endsLine) {
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    }
    this.#decoder ??= new StringDecoder("utf8");
    return this.#decoder.write(bytes);
  }

  #split(text: string): void {
    let start = 0;
    for (;;) {
      const end = text.indexOf("\n", start);
      if (end === -1) break;
      const line = this.#pending + text.slice(start, end);
      this.#pending = "";
      start = end + 1;
      this.#handler(line);
    }
    this.#pending += text.slice(start);
  }

  #flush(): void {
    const line = this.#pending;
    this.#pending = "";
    this.#pendingBytes = 0;
    this.#handler(line);
  }
}

const LINE_FEED = 0x0a;

/** Calls `handler` with every line of `chunks`, as {@link LineSplitter} cuts them. */
export function forEachLine(chunks: Iterable<Uint8Array>, handler: LineHandler): void {
  const splitter = new LineSplitter(handler);
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
}
