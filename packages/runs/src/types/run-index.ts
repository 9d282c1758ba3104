import type { ColumnKind, ColumnValue } from "./column.js";
import type { RunQuery, Where } from "./where.js";

/** A run, as an index keeps it. Everything in it can be read from the entry again. */
export interface IndexRow {
  /** The entry's key: 64 lower-case hex. Unique. */
  readonly id: string;
  /** Of the store. */
  readonly name: string;
  readonly version: string;
  /** 0, or the number of a replicate. */
  readonly replicate: number;
  /** Canonical JSON text of the normalised params. */
  readonly params: string;
  /** Entry-relative POSIX path; absolute host path of a file that was registered as a link. */
  readonly resultFile: string;
  /** Bytes. */
  readonly resultSize: number;
  /** Nanoseconds since the epoch, as decimal digits: it does not fit a number. */
  readonly resultMtimeNs: string;
  /** ISO 8601, UTC, always with milliseconds: text order is time order. */
  readonly createdAt: string;
  readonly elapsedSeconds: number;
  /** Canonical JSON text. */
  readonly metadata: string;
  /** One value a declared column. */
  readonly columns: Readonly<Record<string, ColumnValue>>;
}

/** What an index was built for. Where it is not what the store expects, the store rebuilds the index. */
export interface IndexStamp {
  /** Version of the rows. */
  readonly layout: number;
  /** The declared columns and their kinds, as text. */
  readonly columns: string;
}

/**
 * Makes a store's runs quick to ask. Never the truth: the store can rebuild it from the entries at any
 * time, and goes on without it where it fails. Several processes may use one at once.
 *
 * What goes wrong is thrown, as an error with a `code` where there is one; the store decides whether to
 * rebuild. A method that was given rows has kept them, or has thrown.
 */
export interface RunIndex {
  /** For messages: `sqlite`, `jsonl`, … */
  readonly kind: string;
  /** Called once, before anything else. Makes what is missing. Throws where what is there cannot be read. */
  open(): Promise<void>;
  /** Adds rows; one whose id is there already replaces it. All of them or none. */
  insert(rows: readonly IndexRow[]): Promise<void>;
  /** The rows of `ids`, those that are there; `ids` may be thousands. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, IndexRow>>;
  query(query: RunQuery): Promise<IndexRow[]>;
  count(where?: Where): Promise<number>;
  /** Ids that are not there are passed over. */
  remove(ids: readonly string[]): Promise<void>;
  /** Removes every row and the stamp; afterwards the index has the columns that it was made with. */
  clear(): Promise<void>;
  /** What it was built for; null until `setStamp` was called, and after `clear`. */
  stamp(): Promise<IndexStamp | null>;
  setStamp(stamp: IndexStamp): Promise<void>;
  /** Called once, last; not called where `open` threw. */
  close(): Promise<void>;
}

/** What an index is made for. */
export interface IndexContext {
  /** Host path of a directory, which is there, that the index may keep files in; their names begin with `name`. */
  readonly dir: string;
  /** The store's name: safe as a file name. */
  readonly name: string;
  /** Declared columns and their kinds; SQL columns with an index each. */
  readonly columns: Readonly<Record<string, ColumnKind>>;
}

/** Makes an index for a store; nothing is opened yet. */
export type IndexFactory = (context: IndexContext) => RunIndex;
