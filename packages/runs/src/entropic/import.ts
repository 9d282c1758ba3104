import { open, type FileHandle } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { checkOptionNames, UsageError } from "@runcache/core";
import { readMetadata, type AskedRun, type Engine } from "../engine.js";
import { recordFile } from "../register.js";
import type { IndexRow } from "../types/run-index.js";
import { entropicError, type EntropicRun, type UnreadableRun } from "./entropic-run.js";
import { findResult } from "./result-path.js";
import { sqliteRuns } from "./sqlite.js";
import { tinyRuns } from "./tinydb.js";

/** Options of `importEntropic`. */
export interface EntropicImportOptions {
  /** Host path of entropic's SQLite file (2.2 and later) or TinyDB JSON (2.0 and 2.1). It is only read. */
  readonly database: string;
  /** Host path of the results folder, where it is not where it was. */
  readonly resultsDir?: string;
  /** Host path that relative paths in the database are relative to. @default the directory of the database */
  readonly workingDir?: string;
  /** The model's table, where the SQLite file has several. */
  readonly table?: string;
  /** What a parameter is whose SQL column is NULL, which does not tell None from a missing one. @default "absent" */
  readonly nulls?: "absent" | "null";
  /** Whether the store has copies of the results; otherwise they serve from where they are. @default false */
  readonly copy?: boolean;
  /** Whether it is only said what an import would do. @default false */
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** A run of entropic that was not imported. */
export interface SkippedRun {
  /** entropic's id. */
  readonly id: string;
  /** `no-result`: its file is nowhere; `params`: they cannot be a key, or do not fit the columns; `unreadable`: the rest. */
  readonly reason: "no-result" | "params" | "unreadable";
  readonly message: string;
}

/** What an import did. */
export interface EntropicImportReport {
  /** Runs that the store did not have. */
  readonly imported: number;
  /** Runs that it had already. */
  readonly present: number;
  readonly skipped: readonly SkippedRun[];
}

const OPTIONS = {
  database: true,
  resultsDir: true,
  workingDir: true,
  table: true,
  nulls: true,
  copy: true,
  dryRun: true,
  signal: true,
} satisfies Record<keyof EntropicImportOptions, true>;

/** Rows that are inserted at once. */
const CHUNK = 1000;
/** First bytes of a SQLite file. */
const SQLITE = "SQLite format 3\0";

export async function importEntropic(engine: Engine, options: EntropicImportOptions): Promise<EntropicImportReport> {
  checkOptionNames("importEntropic", options, Object.keys(OPTIONS));
  const { database, resultsDir, copy = false, dryRun = false, signal } = options;
  const places = { resultsDir, workingDir: options.workingDir ?? dirname(resolve(database)) };
  const skipped: SkippedRun[] = [];
  const taken = new Map<string, number>();
  const rows: IndexRow[] = [];
  let [imported, present] = [0, 0];
  const flush = async (): Promise<void> => {
    const made = rows.splice(0);
    if (made.length > 0) await engine.index.use((index) => index.insert(made));
  };
  try {
    for await (const found of await runsOf(options)) {
      signal?.throwIfAborted();
      const file = "fault" in found ? null : findResult(found, places);
      const run = toImport(engine, found, file, taken);
      if ("reason" in run) {
        skipped.push(run);
        continue;
      }
      const there = engine.entryRow(run.asked.id);
      if (there === null) imported++;
      else present++;
      if (dryRun) continue;
      if (there !== null) await engine.index.ensure(there);
      else rows.push((await recordFile(engine, run.asked, run.file, copy ? "copy" : "link", run)).row);
      if (rows.length === CHUNK) await flush();
    }
  } finally {
    await flush();
  }
  return { imported, present, skipped };
}

async function runsOf({
  database,
  table,
  nulls = "absent",
}: EntropicImportOptions): Promise<AsyncIterable<EntropicRun | UnreadableRun>> {
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- JavaScript may pass anything
  if (nulls !== "absent" && nulls !== "null")
    throw entropicError(database, `nulls is ${String(nulls)}: it is "absent" or "null"`);
  return (await isSqlite(database)) ? sqliteRuns({ database, table, nulls }) : tinyRuns(database);
}

async function isSqlite(database: string): Promise<boolean> {
  let file: FileHandle | undefined;
  try {
    file = await open(database);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SQLITE.length), 0, SQLITE.length, 0);
    return buffer.toString("latin1", 0, bytesRead) === SQLITE;
  } catch (error) {
    throw entropicError(database, error instanceof Error ? error.message : String(error), error);
  } finally {
    await file?.close();
  }
}

interface RunToImport {
  readonly asked: AskedRun;
  readonly file: string;
  readonly createdAt: Date;
  readonly elapsedSeconds: number;
  readonly metadata: ReturnType<typeof readMetadata>;
}

/** @param taken how many runs of this import have the params of an id; the later ones are replicates */
function toImport(
  engine: Engine,
  found: EntropicRun | UnreadableRun,
  file: string | null,
  taken: Map<string, number>,
): RunToImport | SkippedRun {
  const { id } = found;
  if ("fault" in found) return { id, reason: "unreadable", message: found.fault };
  if (file === null) return { id, reason: "no-result", message: `there is no ${found.resultFile}` };
  const { elapsed_seconds: elapsed, ...custom } = found.metadata;
  const isElapsed = typeof elapsed === "number" && Number.isFinite(elapsed) && elapsed >= 0;
  try {
    const first = engine.ask(found.params);
    const replicate = taken.get(first.id) ?? 0;
    const run = {
      asked: replicate === 0 ? first : engine.ask(found.params, replicate),
      file,
      createdAt: found.createdAt,
      elapsedSeconds: isElapsed ? elapsed : 0,
      metadata: readMetadata({ ...(isElapsed ? custom : found.metadata), entropic_id: id }),
    };
    taken.set(first.id, replicate + 1);
    return run;
  } catch (error) {
    if (error instanceof UsageError) return { id, reason: "params", message: error.message };
    throw error;
  }
}
