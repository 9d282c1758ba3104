import { setTimeout as sleep } from "node:timers/promises";
import { jcs, type JsonValue } from "@runcache/core";
import type { IndexContext, IndexRow, IndexStamp, RunIndex } from "../types/run-index.js";
import type { RunQuery, Where } from "../types/where.js";
import { addressOf, makePool, type PostgresClient, type PostgresPool } from "./postgres-driver.js";
import { describeFailure, isPassing } from "./postgres-failure.js";
import { ensureTables, makeNames, quoted, remakeTables, type PostgresNames } from "./postgres-schema.js";
import type { PostgresIndexOptions } from "./postgres.js";
import { SqlColumns } from "./sql-columns.js";
import type { SqlQueries } from "./sql-query.js";

/** How often a question is asked again after a connection broke or two writers met. */
const ATTEMPTS = 4;

/** An index in a table of a PostgreSQL database. */
export class PostgresIndex implements RunIndex {
  readonly kind = "postgres";
  readonly #columns: SqlColumns;
  readonly #connectionString: string | undefined;
  readonly #names: PostgresNames;
  #pool: PostgresPool | null = null;
  #place = "";
  #queries: SqlQueries | null = null;

  constructor(
    { name, columns }: IndexContext,
    { connectionString, schema = "runcache", prefix = "" }: PostgresIndexOptions,
  ) {
    this.#columns = new SqlColumns(columns);
    this.#connectionString = connectionString;
    this.#names = makeNames(schema, prefix, name);
  }

  async open(): Promise<void> {
    this.#place = await addressOf(this.#connectionString);
    this.#pool = await makePool(this.#connectionString);
    try {
      await this.#transaction((client) => ensureTables(client, this.#names, this.#columns, this.#place));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async insert(rows: readonly IndexRow[]): Promise<void> {
    // One statement must not meet an id twice; in one order for all, so that no two writers wait for each other.
    const byId = new Map(rows.map((row) => [row.id, row]));
    const sorted = [...byId.keys()].sort().flatMap((id) => byId.get(id) ?? []);
    const values = sorted.map((row) => this.#columns.encode(row));
    const columns = this.#columns.all.map((_, at) => values.map((row) => row[at]));
    await this.#ask(this.#upsert(), columns);
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, IndexRow>> {
    const names = this.#columns.names.map((column) => `"${column}"`).join(", ");
    const rows = await this.#ask(`select ${names} from ${quoted(this.#names, "runs")} where id = any($1)`, [ids]);
    return new Map(rows.map((values) => this.#decode(values)).map((row) => [row.id, row]));
  }

  async query(query: RunQuery): Promise<IndexRow[]> {
    const queries = await this.#builder();
    const quick = queries.selectPresent(query);
    let values = quick === null ? null : await this.#ask(quick.sql, quick.parameters);
    if (values === null || values.length !== query.limit) {
      const { sql, parameters } = queries.select(query);
      values = await this.#ask(sql, parameters);
    }
    return values.map((row) => this.#decode(row));
  }

  async count(where?: Where): Promise<number> {
    const { sql, parameters } = (await this.#builder()).count(where);
    return Number((await this.#ask(sql, parameters))[0]?.[0]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#ask(`delete from ${quoted(this.#names, "runs")} where id = any($1)`, [ids]);
  }

  async clear(): Promise<void> {
    await this.#transaction((client) => remakeTables(client, this.#names, this.#columns));
  }

  async stamp(): Promise<IndexStamp | null> {
    const stamps = quoted(this.#names, "stamps");
    const rows = await this.#ask(`select layout, columns from ${stamps} where runs = $1 and layout is not null`, [
      this.#names.runs,
    ]);
    return rows[0] === undefined ? null : { layout: Number(rows[0][0]), columns: String(rows[0][1]) };
  }

  async setStamp({ layout, columns }: IndexStamp): Promise<void> {
    await this.#ask(`update ${quoted(this.#names, "stamps")} set layout = $2, columns = $3 where runs = $1`, [
      this.#names.runs,
      layout,
      columns,
    ]);
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.end();
  }

  /** Takes a column of values as one array, so that the statement is the same for any number of rows. */
  #upsert(): string {
    const names = this.#columns.names.map((column) => `"${column}"`);
    const arrays = this.#columns.all.map(({ kind }, at) => `$${String(at + 1)}::${ARRAYS[kind]}`);
    const selected = this.#columns.all.map(({ sql, kind }) => (kind === "json" ? `"${sql}"::jsonb` : `"${sql}"`));
    return (
      `insert into ${quoted(this.#names, "runs")} (${names.join(", ")}) ` +
      `select ${selected.join(", ")} from unnest(${arrays.join(", ")}) as given (${names.join(", ")}) ` +
      `on conflict (id) do update set ${names.map((column) => `${column} = excluded.${column}`).join(", ")}`
    );
  }

  /** jsonb has an order and a spelling of numbers of its own: canonical JSON is written anew. */
  #decode(values: readonly unknown[]): IndexRow {
    const spelled = this.#columns.all.map(({ kind }, at) => {
      const value = values[at];
      return kind === "json" && typeof value === "string" ? jcs(JSON.parse(value) as JsonValue) : value;
    });
    return this.#columns.decode(spelled);
  }

  async #builder(): Promise<SqlQueries> {
    const [{ SqlQueries }, { postgresBuilder, postgresDialect, postgresTable }] = await Promise.all([
      import("./sql-query.js"),
      import("./postgres-dialect.js"),
    ]);
    const { schema, runs } = this.#names;
    const table = postgresTable(schema, runs);
    return (this.#queries ??= new SqlQueries(this.#columns, postgresDialect, postgresBuilder(), table));
  }

  #ask(text: string, values: readonly unknown[]): Promise<unknown[][]> {
    return this.#retried(async (pool) => {
      const { rows } = await pool.query<unknown[]>({ text, values: [...values], rowMode: "array" });
      return rows;
    });
  }

  #transaction(step: (client: PostgresClient) => Promise<void>): Promise<void> {
    return this.#retried(async (pool) => {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query("begin");
        await step(client);
        await client.query("commit");
      } catch (error) {
        await client.query("rollback").catch((cause: unknown) => {
          broken = cause instanceof Error ? cause : new Error(String(cause));
        });
        throw error;
      } finally {
        client.release(broken); // a broken connection does not go back to the pool
      }
    });
  }

  /** All that is asked may be asked again: what was kept already is kept as it was. */
  async #retried<T>(step: (pool: PostgresPool) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      if (this.#pool === null) throw new Error(`Internal error: the index at ${this.#place} is not open`);
      try {
        return await step(this.#pool);
      } catch (error) {
        if (attempt === ATTEMPTS || !isPassing(error)) throw describeFailure(error, this.#place);
      }
      await sleep(50 * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** What the values of a column are sent as. */
const ARRAYS = { integer: "bigint[]", real: "double precision[]", text: "text[]", json: "text[]" } as const;
