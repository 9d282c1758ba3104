import type { Digest } from "../../types/brand.js";
import type { FileDigest } from "../file-digest.js";
import type { InputPath } from "../input-path.js";

/** Files that several threads digest together. */
export interface BatchOptions {
  /** Files of this size and more are not read. */
  readonly limitBytes: number;
  readonly noFollow: boolean;
  /** Hash with WebAssembly even where there is a native module. */
  readonly wasm: boolean;
}

/** A batch as it is sent to another thread. */
export interface BatchData extends BatchOptions {
  /** A path that is no string arrives as plain bytes. */
  readonly paths: readonly (string | Uint8Array)[];
  readonly cells: SharedArrayBuffer;
  readonly records: SharedArrayBuffer;
}

// Cells: the next file to take, how many were put, a sign of life, then the state of each file.
const NEXT = 0;
const PUT = 1;
const BEAT = 2;
const STATES = 3;

const STATE = { due: 0, done: 1, large: 2, failed: 3 } as const;

const DIGEST_BYTES = 32;
const NUMBERS = 7;
const RECORD_BYTES = DIGEST_BYTES + NUMBERS * 8;

/**
 * A list of files in shared memory, from which any thread takes one after another. Digests are those of
 * BLAKE3. Errors are not passed on: the caller finds them out by reading the file itself.
 */
export class FileBatch {
  readonly data: BatchData;
  readonly #cells: Int32Array;

  constructor(data: BatchData) {
    this.data = data;
    this.#cells = new Int32Array(data.cells);
  }

  static of(paths: readonly InputPath[], options: BatchOptions): FileBatch {
    const cells = new SharedArrayBuffer((STATES + paths.length) * Int32Array.BYTES_PER_ELEMENT);
    const records = new SharedArrayBuffer(paths.length * RECORD_BYTES);
    return new FileBatch({ ...options, paths, cells, records });
  }

  /** The next file for the calling thread, or null where none is left. */
  take(): number | null {
    const index = Atomics.add(this.#cells, NEXT, 1);
    return index < this.data.paths.length ? index : null;
  }

  /** Leaves nothing for anybody to take. */
  cancel(): void {
    Atomics.store(this.#cells, NEXT, this.data.paths.length);
  }

  path(index: number): InputPath {
    const path = this.data.paths[index] as string | Uint8Array;
    return typeof path === "string" ? path : Buffer.from(path);
  }

  /** Shows that a thread is at work. */
  beat(): void {
    Atomics.add(this.#cells, BEAT, 1);
  }

  /** Hands in what became of a file: its digest, null where it is too large, or that it failed. */
  put(index: number, result: FileDigest | null | "failed"): void {
    if (result !== null && result !== "failed") this.#write(index, result);
    const state = result === null ? STATE.large : result === "failed" ? STATE.failed : STATE.done;
    Atomics.store(this.#cells, STATES + index, state);
    Atomics.add(this.#cells, PUT, 1);
    Atomics.notify(this.#cells, PUT);
  }

  /** What was put for a file; undefined where nothing was, or where it failed. */
  get(index: number): FileDigest | null | undefined {
    const state = Atomics.load(this.#cells, STATES + index);
    if (state === STATE.large) return null;
    return state === STATE.done ? this.#read(index) : undefined;
  }

  /** Blocks until all of the files `indexes` are put, or nobody has shown a sign of life for `patienceMs`. */
  wait(indexes: readonly number[], patienceMs: number): void {
    for (const index of indexes) {
      while (Atomics.load(this.#cells, STATES + index) === STATE.due) {
        const [put, beat] = [Atomics.load(this.#cells, PUT), Atomics.load(this.#cells, BEAT)];
        if (Atomics.load(this.#cells, STATES + index) !== STATE.due) break;
        const waited = Atomics.wait(this.#cells, PUT, put, patienceMs);
        if (waited === "timed-out" && Atomics.load(this.#cells, BEAT) === beat) return;
      }
    }
  }

  #write(index: number, { digest, fingerprint, executable }: FileDigest): void {
    const start = index * RECORD_BYTES;
    Buffer.from(this.data.records, start, DIGEST_BYTES).write(digest.slice("b3:".length), "hex");
    const numbers = new DataView(this.data.records, start + DIGEST_BYTES);
    const { dev, ino, sizeBytes, mtimeNs, ctimeNs, kind } = fingerprint;
    [dev, ino, sizeBytes, mtimeNs, ctimeNs, kind, executable ? 1n : 0n].forEach((value, place) => {
      numbers.setBigInt64(place * 8, value);
    });
  }

  #read(index: number): FileDigest {
    const start = index * RECORD_BYTES;
    const hex = Buffer.from(this.data.records, start, DIGEST_BYTES).toString("hex");
    const numbers = new DataView(this.data.records, start + DIGEST_BYTES);
    const unsigned = (place: number): bigint => numbers.getBigUint64(place * 8);
    const signed = (place: number): bigint => numbers.getBigInt64(place * 8);
    return {
      digest: `b3:${hex}` as Digest, // put by `#write`, which took it from one
      fingerprint: {
        dev: unsigned(0),
        ino: unsigned(1),
        sizeBytes: signed(2),
        mtimeNs: signed(3),
        ctimeNs: signed(4),
        kind: signed(5),
      },
      executable: unsigned(6) === 1n,
    };
  }
}
