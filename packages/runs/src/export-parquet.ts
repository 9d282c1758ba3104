import { UsageError } from "@runcache/core";
import type * as Writer from "hyparquet-writer";
import type { BasicType } from "hyparquet-writer";
import { paramsText } from "./params.js";
import type { ColumnKind } from "./types/column.js";
import type { RunFields } from "./types/record.js";

/** Rows of a row group, which are in memory at once. */
const ROW_GROUP = 10_000;

const TYPES: Readonly<Record<ColumnKind, BasicType>> = {
  integer: "INT64",
  real: "DOUBLE",
  text: "STRING",
  json: "STRING",
};

const FIELDS = [
  { name: "id", type: "STRING", nullable: false },
  { name: "name", type: "STRING", nullable: false },
  { name: "version", type: "STRING", nullable: false },
  { name: "replicate", type: "INT64", nullable: false },
  { name: "resultFile", type: "STRING", nullable: false },
  { name: "resultSize", type: "INT64", nullable: false },
  { name: "createdAt", type: "TIMESTAMP", nullable: false },
  { name: "elapsedSeconds", type: "DOUBLE", nullable: false },
] as const satisfies readonly { name: keyof RunFields; type: BasicType; nullable: boolean }[];

/**
 * Writes records to the host path `file` as Parquet: the fields of every record, the declared columns typed, params
 * and metadata as canonical JSON text.
 * @throws UsageError `ERR_RUNCACHE_EXPORT_FORMAT` where hyparquet-writer is not installed; what the file system throws
 */
export async function writeParquet(
  file: string,
  records: AsyncIterable<RunFields>,
  kinds: Readonly<Record<string, ColumnKind>>,
): Promise<void> {
  const { fileWriter, parquetWriteRows } = await loadWriter();
  const typed = Object.entries(kinds).map(([name, kind]) => ({ name, type: TYPES[kind], nullable: true }));
  const texts = ["params", "metadata"].map((name) => ({ name, type: "STRING" as const, nullable: false }));
  const rows = async function* (): AsyncGenerator<Record<string, unknown>> {
    for await (const record of records) yield rowOf(record, kinds);
  };
  await parquetWriteRows({
    writer: fileWriter(file),
    rows: rows(),
    columns: [...FIELDS, ...typed, ...texts],
    rowGroupSize: ROW_GROUP,
    createdBy: "runcache",
  });
}

function rowOf(record: RunFields, kinds: Readonly<Record<string, ColumnKind>>): Record<string, unknown> {
  const row: Record<string, unknown> = {
    ...record,
    replicate: BigInt(record.replicate),
    resultSize: BigInt(record.resultSize),
    createdAt: new Date(record.createdAt),
    params: paramsText(record.params),
    metadata: paramsText(record.metadata, "metadata"),
  };
  for (const [name, kind] of Object.entries(kinds)) {
    const value = row[name];
    if (value === null) continue;
    if (kind === "integer") row[name] = BigInt(value as number);
    if (kind === "json") row[name] = paramsText(value, name);
  }
  return row;
}

async function loadWriter(): Promise<typeof Writer> {
  try {
    return await import("hyparquet-writer");
  } catch (error) {
    const fault = new UsageError(
      "ERR_RUNCACHE_EXPORT_FORMAT",
      "runs cannot be exported as parquet: install the package hyparquet-writer, or export as csv or jsonl",
      { format: "parquet" },
    );
    fault.cause = error;
    throw fault;
  }
}
