import { statSync } from "node:fs";
import { jcs, UsageError, type Entry, type JsonObject, type JsonValue } from "@runcache/core";
import { columnValues } from "./columns.js";
import { fromCanonical, type Params } from "./params.js";
import { resultPath } from "./record.js";
import { valueOfEntry, type RunValue } from "./run-value.js";
import type { Columns } from "./types/column.js";
import type { IndexRow } from "./types/run-index.js";

/** The package that run stores' entries name as their tool's. */
export const TOOL_PACKAGE = "runs";

/** What names a run beside its result. */
export interface RunIdentity {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly replicate: number;
  /** Canonical text. */
  readonly paramsText: string;
  readonly columns: IndexRow["columns"];
}

/**
 * The row of a run whose result lies in the host directory `entryDir`, or null where its file is gone, or is
 * not the one that was linked.
 */
export function rowOfRun(run: RunIdentity, value: RunValue, entryDir: string): IndexRow | null {
  const resultFile = value.linked?.path ?? value.resultFile ?? "";
  const state = fileState(resultPath({ resultFile }, entryDir));
  if (state === null) return null;
  const { linked } = value;
  if (linked !== undefined && (linked.mtimeNs !== state.mtimeNs || linked.sizeBytes !== state.sizeBytes)) return null;
  return {
    id: run.id,
    name: run.name,
    version: run.version,
    replicate: run.replicate,
    params: run.paramsText,
    resultFile,
    resultSize: state.sizeBytes,
    resultMtimeNs: state.mtimeNs,
    createdAt: value.createdAt,
    elapsedSeconds: value.elapsedSeconds,
    metadata: jcs(value.metadata),
    columns: run.columns,
  };
}

/** The row of an entry that the run store `name` made, or null where it is none of that. */
export function rowOfEntry(entry: Entry, name: string, columns: Columns): IndexRow | null {
  const { tool, params } = entry.manifest.parts;
  if (!isOfStore(entry, name)) return null;
  const call = member(params, "params");
  const plain = member(call, "params");
  const value = valueOfEntry(entry);
  if (plain === undefined || value === null) return null;
  const replicate = member(member(call, "extra"), "replicate");
  const run = {
    id: entry.key,
    name,
    version: tool.id,
    replicate: typeof replicate === "number" ? replicate : 0,
    paramsText: jcs(plain),
    columns: columnsThatFit(columns, fromCanonical(plain) as Params),
  };
  return rowOfRun(run, value, entry.dir);
}

/** Whether the run store `name` made the entry. */
export function isOfStore({ manifest }: Entry, name: string): boolean {
  const { tool } = manifest.parts;
  return tool.package === TOOL_PACKAGE && tool.name === name;
}

/** Whether a row's result still is what it was when the row was made. */
export function isCurrent(row: IndexRow, entryDir: string): boolean {
  const state = fileState(resultPath(row, entryDir));
  return state !== null && state.sizeBytes === row.resultSize && state.mtimeNs === row.resultMtimeNs;
}

/** Size and time of the host file `path`; null where there is none, or it cannot be asked. */
export function fileState(path: string): { readonly sizeBytes: number; readonly mtimeNs: string } | null {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined || !stats.isFile()) return null;
    return { sizeBytes: Number(stats.size), mtimeNs: stats.mtimeNs.toString() };
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return null;
    throw error;
  }
}

/** Of runs older than a column's declaration, what does not fit is absent. */
function columnsThatFit(columns: Columns, params: Params): IndexRow["columns"] {
  return Object.assign(
    {},
    ...Object.keys(columns).map((name) => oneColumn(columns, name, params)),
  ) as IndexRow["columns"];
}

function oneColumn(columns: Columns, name: string, params: Params): IndexRow["columns"] {
  try {
    return columnValues({ [name]: columns[name] as Columns[string] }, params);
  } catch (error) {
    if (error instanceof UsageError) return { [name]: null };
    throw error;
  }
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
}
