import type { DatabaseSync, DatabaseSyncInstance } from "@photostructure/sqlite";
import { decodeNul } from "./nul-free.js";
import { likePattern } from "./like-pattern.js";
import { RunIndexError } from "./run-index-error.js";

export type SqliteConnection = DatabaseSyncInstance;

/** SQL function of (text, pattern): SQLite's own `like` knows no case and ends at U+0000. */
export const LIKE_FUNCTION = "runcache_like";

/** SQL function of a text: the number that JavaScript reads in it. */
export const REAL_FUNCTION = "runcache_real";

/** The driver takes a number that is so little more than a whole one for that one. */
const EPSILON = 2 ** -52;

/** The number as the driver keeps it: itself, or a text for {@link REAL_FUNCTION}. */
export function bindable(number: number): number | string {
  return number > 0 && number <= EPSILON ? String(number) : number;
}

/**
 * How long SQLite itself waits for a lock, in milliseconds. It blocks the thread while it does; callers
 * try again after a pause that does not.
 */
const LOCK_WAIT_MS = 100;

/**
 * Opens a database file, which is made where it is missing, unless it is only to be read.
 *
 * The driver is `@photostructure/sqlite`: `node:sqlite`, which Node has from 22.13 on (with a warning at
 * first), as a package with its own SQLite. Its binaries lie in the package, so that no compiler and no
 * install script is needed, and every Node has the same SQLite. better-sqlite3 compiles where it cannot
 * download; libsql ends the whole process at a text that is no UTF-8.
 * @throws RunIndexError `ERR_RUNCACHE_INDEX_DRIVER` where it is not installed; SQLite's errors
 */
export async function openSqlite(file: string, { readOnly = false } = {}): Promise<SqliteConnection> {
  const Database = await loadDriver(file);
  const connection = new Database(file, { timeout: LOCK_WAIT_MS, readOnly });
  connection.function(LIKE_FUNCTION, { deterministic: true }, likeFunction());
  connection.function(REAL_FUNCTION, { deterministic: true }, Number);
  return connection;
}

/** Number of SQLite's error (5 is busy, 11 corrupt); undefined where the error is not SQLite's or has none. */
export function sqliteCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  // The low byte: extended codes say more above it.
  return typeof code === "number" ? code & 0xff : undefined;
}

async function loadDriver(file: string): Promise<typeof DatabaseSync> {
  try {
    return (await import("@photostructure/sqlite")).DatabaseSync;
  } catch (error) {
    throw new RunIndexError(
      "ERR_RUNCACHE_INDEX_DRIVER",
      file,
      `The SQLite driver cannot be loaded on ${process.platform}-${process.arch}: install @photostructure/sqlite, ` +
        `or choose another index, such as index: jsonlIndex.`,
      error,
    );
  }
}

function likeFunction(): (text: unknown, pattern: unknown) => number | null {
  let last = "";
  let fits = likePattern(last);
  return (text, pattern) => {
    if (typeof text !== "string" || typeof pattern !== "string") return null;
    if (pattern !== last) {
      fits = likePattern(decodeNul(pattern));
      last = pattern;
    }
    return fits(decodeNul(text)) ? 1 : 0;
  };
}
