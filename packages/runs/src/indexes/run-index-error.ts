import { RuncacheError } from "@runcache/core";

/** What goes wrong with an index. A store can rebuild what is `CORRUPT`, and goes on without an index otherwise. */
export type RunIndexErrorCode =
  | "ERR_RUNCACHE_INDEX_DRIVER"
  | "ERR_RUNCACHE_INDEX_CORRUPT"
  | "ERR_RUNCACHE_INDEX_NEWER"
  | "ERR_RUNCACHE_INDEX_BUSY"
  | "ERR_RUNCACHE_INDEX_ROW"
  | "ERR_RUNCACHE_INDEX_UNUSABLE";

/**
 * An index of runs that did not do what it was asked. `code` is
 * - `ERR_RUNCACHE_INDEX_DRIVER`: the library that it needs is not installed
 * - `ERR_RUNCACHE_INDEX_CORRUPT`: what is stored is damaged, or no index of runcache
 * - `ERR_RUNCACHE_INDEX_NEWER`: a newer runcache made it
 * - `ERR_RUNCACHE_INDEX_BUSY`: others kept it locked for too long
 * - `ERR_RUNCACHE_INDEX_ROW`: a row that it cannot keep
 * - `ERR_RUNCACHE_INDEX_UNUSABLE`: it cannot be reached, read or written
 */
export class RunIndexError extends RuncacheError {
  declare readonly code: RunIndexErrorCode;
  /** Host path of the file, or the server's address without user and password. */
  readonly place: string;

  constructor(code: RunIndexErrorCode, place: string, message: string, cause?: unknown) {
    super(code, message, { place }, cause);
    this.place = place;
  }

  static {
    this.prototype.name = "RunIndexError";
  }
}
