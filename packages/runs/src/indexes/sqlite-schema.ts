import { RunIndexError } from "./run-index-error.js";
import type { SqlColumn, SqlColumns } from "./sql-columns.js";
import type { SqliteConnection } from "./sqlite-driver.js";

/** "rcix", in the file's header: what makes a database an index of runcache. */
const APPLICATION_ID = 0x72_63_69_78;
/** Version of the tables. */
const SCHEMA_VERSION = 1;

const TYPES = { integer: "integer", real: "real", text: "text", json: "text" } as const;

/** Makes the tables where the file is empty. The caller holds the write lock where it is. */
export function ensureSchema(connection: SqliteConnection, columns: SqlColumns, file: string): void {
  if (!isEmpty(connection, file)) return;
  connection.exec("create table stamp (layout integer not null, columns text not null)");
  makeRuns(connection, columns);
  connection.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${SCHEMA_VERSION}`);
}

/** Empties the tables, in the columns that are declared now. Within a transaction. */
export function remakeSchema(connection: SqliteConnection, columns: SqlColumns): void {
  connection.exec("drop table runs; delete from stamp");
  makeRuns(connection, columns);
}

/**
 * Whether nothing was ever stored in the file.
 * @throws RunIndexError where it holds what is not ours, or a newer version of it
 */
export function isEmpty(connection: SqliteConnection, file: string): boolean {
  const tables = connection.prepare("select name from sqlite_master where type = 'table'").all() as { name: string }[];
  const application = pragma(connection, "application_id");
  const version = pragma(connection, "user_version");
  if (tables.length === 0 && application === 0 && version === 0) return true;
  if (application === APPLICATION_ID && version > SCHEMA_VERSION) {
    const message = `The index ${file} was made by a newer runcache (version ${version} of its tables): update runcache.`;
    throw new RunIndexError("ERR_RUNCACHE_INDEX_NEWER", file, message);
  }
  const names = new Set(tables.map(({ name }) => name));
  if (application === APPLICATION_ID && names.has("runs") && names.has("stamp")) return false;
  throw new RunIndexError("ERR_RUNCACHE_INDEX_CORRUPT", file, `${file} is a database, but no index of runcache.`);
}

function makeRuns(connection: SqliteConnection, columns: SqlColumns): void {
  const declared: ReadonlySet<SqlColumn> = new Set(columns.declared);
  const definitions = columns.all.map((column) => {
    const constraint = column.sql === "id" ? " not null unique" : declared.has(column) ? "" : " not null";
    return `"${column.sql}" ${TYPES[column.kind]}${constraint}`;
  });
  connection.exec(`create table runs (${definitions.join(", ")})`);
  connection.exec("create index runs_by_created_at on runs (created_at, id)");
  for (const { sql, kind } of columns.declared) {
    // JSON is asked for what lies in it. created_at: runs of one value come in their order without sorting.
    if (kind !== "json") connection.exec(`create index "runs_by__${sql}" on runs ("${sql}", created_at)`);
  }
}

function pragma(connection: SqliteConnection, name: "application_id" | "user_version"): number {
  const row = connection.prepare(`pragma ${name}`).get() as Record<typeof name, number>;
  return row[name];
}
