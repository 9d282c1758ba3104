import { RunIndexError, type RunIndexErrorCode } from "./run-index-error.js";

/** Classes and codes of SQLSTATE, and of the system, that a second attempt may not meet. */
const PASSING: readonly string[] = ["08", "40001", "40P01", "53300", "57P01", "57P02", "57P03", "ECONNRESET", "EPIPE"];
/** A value or a nesting that the server has no room for. */
const ROW: readonly string[] = ["22", "54"];

/** Whether the same may go well a little later. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  return code === null ? isBroken(error) : PASSING.some((start) => code.startsWith(start));
}

/** The driver gives connections that broke, or were not made in time, no code and no class of their own. */
function isBroken(error: unknown): boolean {
  return error instanceof Error && error.constructor === Error;
}

/** An error of the server or of the connection as ours; others as they are. */
export function describeFailure(error: unknown, place: string): unknown {
  if (error instanceof RunIndexError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  if (code === null && !isBroken(error)) return error;
  const ours: RunIndexErrorCode = ROW.some((start) => code?.startsWith(start))
    ? "ERR_RUNCACHE_INDEX_ROW"
    : "ERR_RUNCACHE_INDEX_UNUSABLE";
  const what = ours === "ERR_RUNCACHE_INDEX_ROW" ? "cannot keep what it was given" : "cannot be used";
  return new RunIndexError(ours, place, `The index at ${place} ${what}: ${error.message}${hint(code)}.`, error);
}

function hint(code: string | null): string {
  switch (code) {
    case "ECONNREFUSED":
    case "ENOENT":
      return "; is the server running?";
    case "28P01":
    case "28000":
      return "; look at the user and password of the connection string, PGPASSWORD or .pgpass";
    case "42501":
      return "; the role needs the right to create in the database, or a schema of its own";
    case "42703":
      return "; if a program with other columns uses the same store, give one of them a prefix";
    default:
      return "";
  }
}

/** Five characters from the server, or the system's name of an error. */
function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : null;
}
