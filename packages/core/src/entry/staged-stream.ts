import { closeSync, fstatSync, openSync } from "node:fs";
import { debugLog } from "../platform/debug.js";
import { isSystemError } from "../platform/system-error.js";
import { readAt, writeAll } from "../streams/descriptor-bytes.js";

/** A stream in memory that grows beyond this becomes a file. Bytes. */
const MOST_IN_MEMORY = 1024 * 1024;

/**
 * What a run says on one stream: bytes in memory as long as they are few and nobody asks for a descriptor,
 * then a file of a staging directory. Most functions say little, and to make and remove a file costs more than they do.
 */
export class StagedStream {
  static #openFiles = 0;

  /** How many of this thread have a descriptor. */
  static get openFiles(): number {
    return StagedStream.#openFiles;
  }

  /** Host path of the file. */
  readonly path: string;
  #fd: number | null = null;
  #memory: Buffer[] = [];
  #memoryBytes = 0;
  #isClosed = false;

  constructor(path: string) {
    this.path = path;
  }

  /** Descriptor of the file, for reading and writing, until it is closed. @throws what the file system throws */
  get fd(): number {
    return this.open();
  }

  /** Makes the file, where there is none. Returns its descriptor. @throws what the file system throws */
  open(): number {
    if (this.#fd === null) {
      this.#fd = openSync(this.path, "wx+", 0o600);
      StagedStream.#openFiles++;
      for (const bytes of this.#memory.splice(0)) writeAll(this.#fd, bytes);
    }
    return this.#fd;
  }

  get isFile(): boolean {
    return this.#fd !== null;
  }

  get sizeBytes(): number {
    return this.#fd === null ? this.#memoryBytes : fstatSync(this.#fd).size;
  }

  /** Appends a copy of `bytes`. @throws what the file system throws */
  write(bytes: Uint8Array): void {
    if (this.#isClosed) return; // its descriptor may be another file's by now
    if (this.#fd === null && this.#memoryBytes + bytes.length <= MOST_IN_MEMORY) {
      this.#memory.push(Buffer.from(bytes));
      this.#memoryBytes += bytes.length;
    } else {
      writeAll(this.fd, bytes);
    }
  }

  /** The `length` bytes from `position` on, or fewer where it ends before. @throws what the file system throws */
  read(position: number, length: number): Buffer {
    if (this.#fd !== null) return readAt(this.#fd, position, length);
    return Buffer.concat(this.#memory).subarray(position, position + length);
  }

  /** Brings what is in memory into the file, as far as it can be, and closes it. */
  persist(): void {
    if (this.#memoryBytes > 0) {
      try {
        this.open();
      } catch (error) {
        if (!isSystemError(error)) throw error;
        debugLog("entry", "%s cannot be kept: %s", this.path, error.message);
      }
    }
    this.close();
  }

  /** Closing can report that earlier writes were lost; what is closed here is thrown away, or was read. */
  close(): void {
    if (this.#fd === null || this.#isClosed) return;
    this.#isClosed = true;
    StagedStream.#openFiles--;
    try {
      closeSync(this.#fd);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}
