import { randomUUID } from "node:crypto";
import { rename, unlink } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { checkOptionNames, hasCode, UsageError, writeNewFile } from "@runcache/core";
import type { Engine } from "./engine.js";
import { writeParquet } from "./export-parquet.js";
import { queryOf, type ListOptions } from "./list.js";
import { paramsText } from "./params.js";
import type { RunFields } from "./types/record.js";

/** What `export` writes. */
export const EXPORT_FORMATS = ["jsonl", "csv", "parquet"] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Options of `export`. */
export interface ExportOptions extends Pick<ListOptions, "where" | "orderBy" | "since" | "allVersions"> {
  /** @default by the file's ending, else "jsonl" */
  readonly format?: ExportFormat;
}

const OPTIONS = { format: true, where: true, orderBy: true, since: true, allVersions: true } satisfies Record<
  keyof ExportOptions,
  true
>;

/** Rows in memory at once. */
const PAGE = 1000;

export async function exportRuns(engine: Engine, file: string, options: ExportOptions): Promise<number> {
  checkOptionNames("export", options, Object.keys(OPTIONS));
  const { format = formatOf(file), ...which } = options;
  if (!EXPORT_FORMATS.includes(format)) throw formatError(format);
  let count = 0;
  const counted = async function* (): AsyncGenerator<RunFields> {
    for await (const record of pages(engine, which)) {
      count++;
      yield record;
    }
  };
  const draft = `${resolve(file)}.${randomUUID()}`;
  try {
    if (format === "parquet") {
      await writeParquet(draft, counted(), engine.options.kinds);
    } else {
      const lines = format === "jsonl" ? jsonLines(counted()) : csvLines(counted(), await paramNames(engine, which));
      await writeNewFile(draft, [Readable.from(lines)]);
    }
    await rename(draft, file);
  } catch (error) {
    await removeIfThere(draft);
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw fileError(file, error.message.replaceAll(draft, resolve(file)), error);
  }
  return count;
}

async function* pages(engine: Engine, which: ListOptions): AsyncGenerator<RunFields> {
  for (let offset = 0; ; offset += PAGE) {
    const rows = await engine.index.use((index) => index.query(queryOf(engine, { ...which, limit: PAGE, offset })));
    for (const row of rows) yield engine.record(row);
    if (rows.length < PAGE) return;
  }
}

async function* jsonLines(records: AsyncIterable<RunFields>): AsyncGenerator<string> {
  for await (const record of records) {
    const { params, metadata, ...rest } = record;
    const plain = Object.fromEntries(Object.entries(rest).filter(([name]) => EXPORTED.includes(name)));
    yield `${JSON.stringify(plain).slice(0, -1)},"params":${paramsText(params)},"metadata":${paramsText(metadata)}}\n`;
  }
}

const EXPORTED: readonly string[] = [
  "id",
  "name",
  "version",
  "replicate",
  "resultFile",
  "resultSize",
  "createdAt",
  "elapsedSeconds",
];

/** One column a parameter, in the order of their names, with `params.` in front of those that every record has. */
async function* csvLines(records: AsyncIterable<RunFields>, names: readonly string[]): AsyncGenerator<string> {
  const heads = names.map((name) => (EXPORTED.includes(name) || name === "metadata" ? `params.${name}` : name));
  yield `${[...EXPORTED, ...heads, "metadata"].map(cell).join(",")}\r\n`;
  for await (const record of records) {
    const own = EXPORTED.map((name) => (record as unknown as Readonly<Record<string, unknown>>)[name]);
    const values = names.map((name) => (Object.hasOwn(record.params, name) ? record.params[name] : undefined));
    yield `${[...own, ...values, record.metadata].map(cell).join(",")}\r\n`;
  }
}

async function paramNames(engine: Engine, which: ListOptions): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const { params } of pages(engine, which)) for (const name of Object.keys(params)) names.add(name);
  return [...names].sort();
}

/** RFC 4180; what is no text is canonical JSON, absent is empty. */
function cell(value: unknown): string {
  if (value === undefined) return "";
  const text = typeof value === "string" ? value : paramsText(value, "cell");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function formatOf(file: string): ExportFormat {
  if (file.endsWith(".parquet")) return "parquet";
  return file.endsWith(".csv") ? "csv" : "jsonl";
}

async function removeIfThere(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if (!hasCode(error, "ENOENT", "ENOTDIR")) throw error;
  }
}

function fileError(file: string, reason: string, cause: Error): UsageError {
  return new UsageError("ERR_RUNCACHE_EXPORT_FILE", `runs cannot be written to ${file}: ${reason}`, { file }, cause);
}

function formatError(format: string): UsageError {
  return new UsageError(
    "ERR_RUNCACHE_EXPORT_FORMAT",
    `runs cannot be exported as ${format}; formats are ${EXPORT_FORMATS.join(", ")}`,
    { format },
  );
}
