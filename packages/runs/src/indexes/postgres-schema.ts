import { RunIndexError } from "./run-index-error.js";
import type { PostgresClient } from "./postgres-driver.js";
import type { SqlColumns } from "./sql-columns.js";
import { sqlName } from "./sql-names.js";

/** Version of the tables. */
const SCHEMA_VERSION = 1;

/** Text is ordered by its bytes. */
const TYPES = { integer: "bigint", real: "double precision", text: 'text collate "C"', json: "jsonb" } as const;

/** Names of what a store has in a database. */
export interface PostgresNames {
  /** As the user gave it. */
  readonly schema: string;
  /** The table of runs: a plain identifier. */
  readonly runs: string;
}

/** Stores' stamps, one row each, beside their tables. */
const STAMPS = "runcache_stamps";

export function makeNames(schema: string, prefix: string, store: string): PostgresNames {
  return { schema, runs: sqlName(`${prefix}${store}`, new Set([STAMPS])) };
}

/** A table of the schema, quoted. */
export function quoted({ schema, runs }: PostgresNames, table: "runs" | "stamps"): string {
  return `${quotedSchema(schema)}."${table === "runs" ? runs : STAMPS}"`;
}

/**
 * Makes what is missing. Within a transaction.
 * @throws RunIndexError `ERR_RUNCACHE_INDEX_NEWER` where a newer runcache made the table
 */
export async function ensureTables(
  client: PostgresClient,
  names: PostgresNames,
  columns: SqlColumns,
  place: string,
): Promise<void> {
  await lockNames(client, names);
  // Not "if not exists": that needs the right to make a schema even where it exists.
  if (!(await exists(client, "to_regnamespace", quotedSchema(names.schema))))
    await client.query(`create schema ${quotedSchema(names.schema)}`);
  if (!(await exists(client, "to_regclass", quoted(names, "stamps")))) {
    await client.query(
      `create table ${quoted(names, "stamps")} (runs text primary key, version integer not null, layout integer, columns text)`,
    );
  }
  const { rows } = await client.query<{ version: string }>(
    `select version from ${quoted(names, "stamps")} where runs = $1`,
    [names.runs],
  );
  const version = rows[0] === undefined ? null : Number(rows[0].version);
  if (version !== null && version > SCHEMA_VERSION) {
    const message = `The index ${names.schema}.${names.runs} at ${place} was made by a newer runcache (version ${String(version)}): update runcache.`;
    throw new RunIndexError("ERR_RUNCACHE_INDEX_NEWER", place, message);
  }
  if (version === SCHEMA_VERSION && (await exists(client, "to_regclass", quoted(names, "runs")))) return;
  await remakeTables(client, names, columns);
}

/** Empties the store's table, in the columns that are declared now, and its stamp. Within a transaction. */
export async function remakeTables(client: PostgresClient, names: PostgresNames, columns: SqlColumns): Promise<void> {
  await lockNames(client, names);
  const declared = new Set(columns.declared);
  const definitions = columns.all.map((column) => {
    const constraint = column.sql === "id" ? " primary key" : declared.has(column) ? "" : " not null";
    return `"${column.sql}" ${TYPES[column.kind]}${constraint}`;
  });
  const runs = quoted(names, "runs");
  await client.query(`drop table if exists ${runs}; create table ${runs} (${definitions.join(", ")})`);
  // Indexes are named by the server: its names end after 63 bytes. created_at: as in SQLite.
  await client.query(`create index on ${runs} (created_at, id)`);
  for (const { sql, kind } of columns.declared) {
    if (kind !== "json") await client.query(`create index on ${runs} ("${sql}", created_at)`);
  }
  await client.query(
    `insert into ${quoted(names, "stamps")} (runs, version) values ($1, $2)
     on conflict (runs) do update set version = excluded.version, layout = null, columns = null`,
    [names.runs, SCHEMA_VERSION],
  );
}

function quotedSchema(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"`;
}

/** One process at a time makes tables, until the transaction ends. */
async function lockNames(client: PostgresClient, { schema }: PostgresNames): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtext($1))", [`runcache ${schema}`]);
}

async function exists(
  client: PostgresClient,
  lookup: "to_regnamespace" | "to_regclass",
  name: string,
): Promise<boolean> {
  const { rows } = await client.query<{ found: string | null }>(`select ${lookup}($1) as found`, [name]);
  return (rows[0]?.found ?? null) !== null;
}
