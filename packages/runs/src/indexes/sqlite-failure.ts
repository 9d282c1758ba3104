import { RunIndexError } from "./run-index-error.js";
import { sqliteCode, type SqliteConnection } from "./sqlite-driver.js";

const ERROR = 1;
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const NOT_A_DATABASE = 26;

/** Whether the file is damaged. Errors while rows are read carry no number: then the file is looked through. */
export function isDamage(error: unknown, connection: SqliteConnection | null): boolean {
  const code = sqliteCode(error);
  if (code !== undefined) return code === CORRUPT || code === NOT_A_DATABASE;
  if (connection === null || (error as { code?: unknown } | null)?.code !== "ERR_SQLITE_ERROR") return false;
  try {
    const [found] = connection.prepare("pragma quick_check(1)").all() as { quick_check?: unknown }[];
    return found?.quick_check !== "ok";
  } catch {
    return true; // too damaged to be looked through
  }
}

/** An error of SQLite, or of the file system, as ours; others as they are. */
export function describeFailure(error: unknown, file: string, damaged: boolean): unknown {
  if (error instanceof RunIndexError || !(error instanceof Error) || !("code" in error)) return error;
  if (damaged) {
    return new RunIndexError(
      "ERR_RUNCACHE_INDEX_CORRUPT",
      file,
      `The index ${file} is damaged: ${error.message}.`,
      error,
    );
  }
  const code = sqliteCode(error);
  if (code === BUSY) {
    const message = `The index ${file} is locked by another process: is one of them stopped?`;
    return new RunIndexError("ERR_RUNCACHE_INDEX_BUSY", file, message, error);
  }
  return new RunIndexError(
    "ERR_RUNCACHE_INDEX_UNUSABLE",
    file,
    `The index ${file} cannot be used: ${why(error, code)}.`,
    error,
  );
}

function why(error: Error, code: number | undefined): string {
  switch (code) {
    case ERROR:
      return `${error.message}; if a program with other columns uses the same store, give the two different names`;
    case READONLY:
      return "it must not be written";
    case FULL:
      return "the disk is full";
    default:
      return error.message;
  }
}
