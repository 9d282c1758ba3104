import type { IndexFactory } from "../types/run-index.js";
import { LazyIndex } from "./lazy-index.js";

/** Where the index lies. */
export interface PostgresIndexOptions {
  /**
   * `postgresql://user@host:port/database`. What it leaves out, and all of it by default, comes from the
   * environment as with `psql`: `PGHOST`, `PGUSER`, `PGPASSWORD`, a `.pgpass` file, … With `?schema=…&prefix=…`
   * it says these, too, where the options do not.
   */
  readonly connectionString?: string;
  /** Schema of the tables; made where it is missing. @default "runcache" */
  readonly schema?: string;
  /**
   * Begins the names of the tables. Stores of one name, in different directories, that share a database
   * need different prefixes: else they share their runs' rows.
   * @default ""
   */
  readonly prefix?: string;
}

/**
 * Keeps the runs of a store in PostgreSQL (12 or newer), for many machines at once. Needs the package `pg`.
 * @example
 * ```ts
 * import { postgresIndex } from "@runcache/runs";
 * const index = postgresIndex({ connectionString: "postgresql://team@db.example/runs" });
 * ```
 */
export function postgresIndex(options: PostgresIndexOptions = {}): IndexFactory {
  return (context) =>
    new LazyIndex(
      "postgres",
      async () => new (await import("./postgres-index.js")).PostgresIndex(context, withTables(options)),
    );
}

/** What the connection string says of the tables, where nothing else does: one text for programs and the command. */
function withTables(options: PostgresIndexOptions): PostgresIndexOptions {
  const [, query] = options.connectionString?.split("?") ?? [];
  const given = new URLSearchParams(query);
  const [schema, prefix] = [given.get("schema"), given.get("prefix")];
  return { ...(schema === null ? {} : { schema }), ...(prefix === null ? {} : { prefix }), ...options };
}
