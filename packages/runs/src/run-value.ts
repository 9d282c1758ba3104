import { readStream, type Entry, type JsonObject, type JsonValue } from "@runcache/core";

/** State of a file outside the store that is a run's result. */
export interface LinkedFile {
  /** Host path, absolute. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Nanoseconds since the epoch, as decimal digits. */
  readonly mtimeNs: string;
}

/** What a run's entry says of it beside its key: the value of the computation. */
export interface RunValue {
  /** Entry-relative POSIX path; null where the result is a linked file. */
  readonly resultFile: string | null;
  readonly linked?: LinkedFile;
  /** ISO 8601, UTC, with milliseconds. */
  readonly createdAt: string;
  readonly elapsedSeconds: number;
  /** Plain JSON of a canonical text. */
  readonly metadata: JsonObject;
}

/** What `value` says, or null where it was not made by a run store. */
export function readRunValue(value: unknown): RunValue | null {
  if (!isObject(value)) return null;
  const { resultFile, linked, createdAt, elapsedSeconds, metadata } = value;
  const hasResult = linked === undefined ? typeof resultFile === "string" : isLinked(linked);
  const fits = hasResult && typeof createdAt === "string" && typeof elapsedSeconds === "number" && isObject(metadata);
  return fits ? (value as unknown as RunValue) : null;
}

/** What the run's entry says, or null where it is none of a run store, or cannot be read. */
export function valueOfEntry(entry: Entry): RunValue | null {
  try {
    return readRunValue(JSON.parse(readStream(entry, "stdout").toString("utf8")));
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

function isLinked(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { path, sizeBytes, mtimeNs } = value;
  return typeof path === "string" && typeof sizeBytes === "number" && typeof mtimeNs === "string";
}

function isObject(value: unknown): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
