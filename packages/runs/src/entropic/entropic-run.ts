import { UsageError } from "@runcache/core";
import { shown } from "../shown.js";

/** A run, as entropic recorded it. */
export interface EntropicRun {
  /** entropic's: 16 digits of a hash, or what the user gave. */
  readonly id: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** As recorded: a host path, often relative to where the Python program was started. */
  readonly resultFile: string;
  readonly createdAt: Date;
  /** entropic's `custom_data`, or `metadata`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** What entropic recorded, and cannot be read. */
export interface UnreadableRun {
  readonly id: string;
  readonly fault: string;
}

/**
 * A run of the parts that both generations record.
 * @param params what is left of its row
 */
export function readRun(
  id: string,
  params: EntropicRun["params"],
  { resultFile, createdAt, metadata = {} }: { resultFile: unknown; createdAt: unknown; metadata: unknown },
): EntropicRun | UnreadableRun {
  if (typeof resultFile !== "string" || resultFile === "") return { id, fault: "it names no result file" };
  const date = typeof createdAt === "string" ? dateOf(createdAt) : null;
  if (date === null) return { id, fault: `its time is ${shown(createdAt)}` };
  if (!isObject(metadata)) return { id, fault: "its metadata are no object" };
  return { id, params, resultFile, createdAt: date, metadata };
}

/** Whether it is what Python calls a dict. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function entropicError(database: string, fault: string, cause?: unknown): UsageError {
  const error = new UsageError("ERR_RUNCACHE_ENTROPIC", `${database} cannot be imported: ${fault}`, { database });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** ISO 8601 with a `T` or a space, and microseconds; without a zone it is UTC. */
function dateOf(text: string): Date | null {
  const iso = text.replace(" ", "T");
  const date = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}
