import { columnField } from "./columns.js";
import { readCanonical, type Params } from "./params.js";
import type { ColumnKind } from "./types/column.js";
import type { RunFields, RunRecord } from "./types/record.js";
import type { IndexRow } from "./types/run-index.js";

/** Digits of a short id. */
const SHORT = 16;

const NO_METADATA: RunFields["metadata"] = Object.freeze({});

/**
 * The record of an index' row.
 * @param entryDir host path of the entry
 * @param params the row's, where the caller has them already
 */
export function makeRecord(
  row: IndexRow,
  entryDir: string,
  kinds: Readonly<Record<string, ColumnKind>>,
  params = readCanonical(row.params) as Params,
): RunRecord {
  const record: Record<string, unknown> & RunFields = {
    id: row.id,
    shortId: row.id.slice(0, SHORT),
    name: row.name,
    version: row.version,
    replicate: row.replicate,
    params,
    resultFile: resultPath(row, entryDir),
    resultSize: row.resultSize,
    createdAt: row.createdAt,
    elapsedSeconds: row.elapsedSeconds,
    metadata: row.metadata === "{}" ? NO_METADATA : (readCanonical(row.metadata) as RunFields["metadata"]),
  };
  for (const name of Object.keys(kinds)) {
    record[name] = columnField(kinds[name] as ColumnKind, row.columns[name] ?? null);
  }
  return Object.freeze(record);
}

/** Host path of a row's result: a linked file's own, or inside the entry. */
export function resultPath({ resultFile }: Pick<IndexRow, "resultFile">, entryDir: string): string {
  return resultFile.startsWith("/") ? resultFile : `${entryDir}/${resultFile}`;
}
