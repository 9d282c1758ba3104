import type Pg from "pg";
import type { Pool, PoolClient } from "pg";
import { debugLog, UsageError } from "@runcache/core";
import { RunIndexError } from "./run-index-error.js";

export type PostgresPool = Pool;
export type PostgresClient = PoolClient;

/** For a server that does not answer, in milliseconds. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A store asks one thing after the other, but for sweeps. */
const MAX_CONNECTIONS = 4;

/** A pool that has not connected yet. It keeps no process alive.
 * @throws RunIndexError `ERR_RUNCACHE_INDEX_DRIVER` where `pg` is not installed
 */
export async function makePool(connectionString: string | undefined): Promise<PostgresPool> {
  const { Pool } = await loadDriver();
  const pool = new Pool({
    ...(connectionString === undefined ? {} : { connectionString }),
    application_name: "runcache",
    allowExitOnIdle: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    max: MAX_CONNECTIONS,
    // Rows are decoded by their columns' kinds: every value as the text that the server sends.
    types: { getTypeParser: () => (text: unknown) => text },
  });
  // A connection that breaks while nobody uses it; the next question makes a new one.
  pool.on("error", (error) => {
    debugLog("index", "an idle connection to PostgreSQL broke: %s", error.message);
  });
  return pool;
}

/**
 * The server's address for messages: never a user or password.
 * @throws UsageError `ERR_RUNCACHE_BAD_CONNECTION_STRING`
 */
export async function addressOf(connectionString: string | undefined): Promise<string> {
  const { Client } = await loadDriver();
  try {
    const { host, port, database } = new Client(connectionString === undefined ? {} : { connectionString });
    return `${host}:${String(port)}/${database ?? ""}`;
  } catch {
    // Without the cause: it quotes the password.
    throw new UsageError(
      "ERR_RUNCACHE_BAD_CONNECTION_STRING",
      "The connection string of the PostgreSQL index is none: write postgresql://user@host:port/database, " +
        "with special characters percent-encoded.",
    );
  }
}

async function loadDriver(): Promise<typeof Pg> {
  try {
    return (await import("pg")).default;
  } catch (error) {
    const message =
      'The PostgreSQL index needs the package "pg": install it where runcache is installed ' +
      "(npm install pg, or npm install --global pg for a global command).";
    throw new RunIndexError("ERR_RUNCACHE_INDEX_DRIVER", "pg", message, error);
  }
}
