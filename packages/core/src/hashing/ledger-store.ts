import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
  type BigIntStats,
} from "node:fs";
import { join } from "node:path";
import { debugLog } from "../platform/debug.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import type { Fingerprint } from "./fingerprint.js";
import { decodeRow, encodeRow, rowPrefix, type LedgerRow } from "./ledger-row.js";

/** What identifies a file to the store; its content may be another one by now. */
export type FileId = Pick<Fingerprint, "dev" | "ino">;

/** About 250 rows a shard, 60,000 in all, 10 MiB on disk. */
const MAX_SHARD_BYTES = 40_000;
const SHARDS = 256n;

/**
 * The ledger's rows on disk: plain files that are appended to without locks. A row is one line with a
 * checksum, so that whatever other processes, a crash or a full disk do to the files costs rows and
 * nothing else. The last row of a file counts. Trouble means fewer rows, never an error.
 */
export class LedgerStore {
  readonly #directory: string;
  #isOurs: boolean | undefined;

  /** @param directory host path, a directory of nothing else; made when the first row is added */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The last row of the file `id` with a digest by the hasher `hasherId`, or null. */
  find(id: FileId, hasherId: string): LedgerRow | null {
    const text = this.#read(shardName(id));
    const prefix = `\n${rowPrefix(id)}`;
    let start = text.length;
    while (start > 0 && (start = text.lastIndexOf(prefix, start - 1)) >= 0) {
      const end = text.indexOf("\n", start + 1);
      const row = decodeRow(text.slice(start + 1, end < 0 ? undefined : end));
      if (row === null || !row.digest.startsWith(`${hasherId}:`)) continue;
      // Rows that are in use move to the end, where compaction keeps them.
      if (start < text.length - MAX_SHARD_BYTES / 2) this.add(row);
      return row;
    }
    return null;
  }

  /** Adds `row`, which counts from now on. */
  add(row: LedgerRow): void {
    const shard = shardName(row.fingerprint);
    const sizeBytes = this.#attempt(() => {
      this.#make();
      return append(join(this.#directory, shard), `\n${encodeRow(row)}`); // a torn row before it stays alone
    });
    if (sizeBytes !== null && sizeBytes > MAX_SHARD_BYTES) this.#compact(shard);
  }

  /** Writes to a file of ours and returns its state: its mtime is the time now. Null in trouble. */
  touchClock(): BigIntStats | null {
    return this.#attempt(() => {
      this.#make();
      const fd = openSync(join(this.#directory, "clock"), "w", 0o600);
      try {
        writeSync(fd, ".");
        return fstatSync(fd, { bigint: true });
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Keeps the newest rows, up to half of what fits. Rows that others add meanwhile may be lost. */
  #compact(shard: string): void {
    const kept = new Map<string, string>();
    let sizeBytes = 0;
    for (const line of this.#read(shard).split("\n").reverse()) {
      const row = decodeRow(line);
      if (row === null) continue;
      const subject = `${rowPrefix(row.fingerprint)}${row.digest.split(":", 1)[0]}`;
      if (kept.has(subject)) continue;
      sizeBytes += line.length + 1;
      if (sizeBytes > MAX_SHARD_BYTES / 2) break;
      kept.set(subject, `\n${line}`);
    }
    const path = join(this.#directory, shard);
    const temporary = `${path}.new`; // always the same name: what a crash leaves behind is replaced
    this.#attempt(() => {
      writeFileSync(temporary, [...kept.values()].reverse().join(""), { mode: 0o600 });
      renameSync(temporary, path);
    });
  }

  #make(): void {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
  }

  #read(shard: string): string {
    return this.#attempt(() => readFileSync(join(this.#directory, shard), "latin1")) ?? "";
  }

  /** What `action` returns; null where the system refuses it, or where others could write into the store. */
  #attempt<T>(action: () => T): T | null {
    try {
      this.#isOurs ??= isPrivate(this.#directory);
      return this.#isOurs === false ? null : action();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      if (!isGone(error)) debugLog("ledger", "%s: %s", this.#directory, error.message);
      return null;
    }
  }
}

function shardName({ dev, ino }: FileId): string {
  return ((dev ^ ino) % SHARDS).toString(16).padStart(2, "0");
}

/** Returns the size of the file after it. */
function append(path: string, text: string): number {
  const fd = openSync(path, "a", 0o600);
  try {
    writeSync(fd, text);
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** Whether only this user can write into `directory`; undefined where it does not exist yet. */
function isPrivate(directory: string): boolean | undefined {
  const stats = statSync(directory, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const isPrivate = stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0;
  if (!isPrivate) debugLog("ledger", "%s is not used: others can write to it", directory);
  return isPrivate;
}
