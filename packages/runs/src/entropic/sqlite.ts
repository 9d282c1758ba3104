import { openSqlite, sqliteCode, type SqliteConnection } from "../indexes/sqlite-driver.js";
import { entropicError, readRun, type EntropicRun, type UnreadableRun } from "./entropic-run.js";
import { readPythonJson } from "./python-json.js";

/** What is no parameter in a row, and tells a table of runs. */
const RESERVED: readonly string[] = ["id", "result_file", "created_at", "custom_data"];

/** Rows in memory at once. */
const PAGE = 1000;

export interface SqliteRunsOptions {
  readonly database: string;
  /** @default the only one that holds runs */
  readonly table?: string | undefined;
  readonly nulls: "absent" | "null";
}

type Row = Readonly<Record<string, unknown>>;

/**
 * The runs in a table of a SQLite file of entropic 2.2 and later, in the order in which they were recorded. The
 * file is only read, and locked no longer than it takes to read a page.
 * @throws UsageError `ERR_RUNCACHE_ENTROPIC`; RunIndexError `ERR_RUNCACHE_INDEX_DRIVER`
 */
export async function* sqliteRuns(options: SqliteRunsOptions): AsyncGenerator<EntropicRun | UnreadableRun> {
  const { database } = options;
  const connection = await asking(database, () => openSqlite(database, { readOnly: true }));
  try {
    const table = await asking(database, () => tableOf(connection, options));
    const types = await asking(database, () => columnTypes(connection, table));
    const statement = connection.prepare(
      `select _rowid_ as "\u0001row", * from ${quoted(table)} where _rowid_ > ? order by _rowid_ limit ${PAGE}`,
    );
    statement.setReadBigInts(true);
    for (let last: unknown = -(2n ** 63n), rows: Row[] = []; ;) {
      rows = await asking(database, () => statement.all(last) as Row[]);
      for (const row of rows) yield runOf(row, types, options.nulls);
      if (rows.length < PAGE) return;
      last = rows.at(-1)?.["\u0001row"];
    }
  } finally {
    connection.close();
  }
}

async function asking<T>(database: string, ask: () => T | Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (sqliteCode(error) === undefined && (error as { code?: unknown } | null)?.code !== "ERR_SQLITE_ERROR")
      throw error;
    throw entropicError(database, (error as Error).message, error);
  }
}

function tableOf(connection: SqliteConnection, { database, table }: SqliteRunsOptions): string {
  const names = connection.prepare("select name from sqlite_master where type = 'table' order by name").all() as {
    name: string;
  }[];
  const fitting = names
    .map(({ name }) => name)
    .filter((name) => {
      const types = columnTypes(connection, name);
      return RESERVED.every((column) => types.has(column));
    });
  if (table !== undefined && fitting.includes(table)) return table;
  const [only] = fitting;
  if (table === undefined && fitting.length === 1 && only !== undefined) return only;
  const tables = fitting.join(", ") || "none";
  if (table !== undefined) throw entropicError(database, `no table ${table} holds runs of entropic (${tables} does)`);
  const fault = fitting.length === 0 ? "no table in it holds" : `several tables (${tables}) hold`;
  throw entropicError(database, `${fault} runs of entropic; name one: { table }`);
}

/** Name → declared type, in capitals. */
function columnTypes(connection: SqliteConnection, table: string): ReadonlyMap<string, string> {
  const columns = connection.prepare(`pragma table_info(${quoted(table)})`).all() as { name: string; type: string }[];
  return new Map(columns.map(({ name, type }) => [name, type.toUpperCase()]));
}

function runOf(row: Row, types: ReadonlyMap<string, string>, nulls: "absent" | "null"): EntropicRun | UnreadableRun {
  const id = String(row["id"]);
  const params: Record<string, unknown> = {};
  try {
    for (const [name, type] of types) {
      const value = row[name];
      if (RESERVED.includes(name) || (value === null && nulls === "absent")) continue;
      params[name] = paramOf(value, type);
    }
    const custom = row["custom_data"];
    const metadata = typeof custom === "string" ? (readPythonJson(custom) ?? {}) : {};
    return readRun(id, params, { resultFile: row["result_file"], createdAt: row["created_at"], metadata });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { id, fault: `a column of JSON holds something else: ${error.message}` };
  }
}

function paramOf(value: unknown, type: string): unknown {
  if (typeof value === "bigint") {
    if (type === "BOOLEAN") return value !== 0n;
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  return typeof value === "string" && type === "JSON" ? readPythonJson(value) : value;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
