import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { IndexContext, IndexRow, IndexStamp, RunIndex } from "../types/run-index.js";
import type { RunQuery, Where } from "../types/where.js";
import { RunIndexError } from "./run-index-error.js";
import { SqlColumns, type SqlColumn } from "./sql-columns.js";
import type { SqlQueries } from "./sql-query.js";
import { bindable, openSqlite, REAL_FUNCTION, sqliteCode, type SqliteConnection } from "./sqlite-driver.js";
import { describeFailure, isDamage } from "./sqlite-failure.js";
import { ensureFile, fileIdentity, setAside, setJournal } from "./sqlite-file.js";
import { ensureSchema, isEmpty, remakeSchema } from "./sqlite-schema.js";

/** How long others may keep the file locked before that is an error, in milliseconds. */
const PATIENCE_MS = 60_000;
const BUSY = 5;

const MOST_READERS = 20;
type Reader = ReturnType<SqliteConnection["prepare"]>;

/**
 * An index in a SQLite file, `<dir>/<name>.sqlite`. A damaged file is moved aside when it is noticed: the
 * error is `ERR_RUNCACHE_INDEX_CORRUPT`, and an index that is then opened is an empty one.
 */
export class SqliteIndex implements RunIndex {
  readonly kind = "sqlite";
  readonly #file: string;
  readonly #columns: SqlColumns;
  readonly #patienceMs: number;
  readonly #upsert: string;
  #connection: SqliteConnection | null = null;
  #identity = "";
  #queries: SqlQueries | null = null;
  /** By their SQL. */
  readonly #readers = new Map<string, Reader>();

  constructor(
    { dir, name, columns }: IndexContext,
    { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {},
  ) {
    this.#file = path.join(dir, `${name}.sqlite`);
    this.#columns = new SqlColumns(columns);
    this.#patienceMs = patienceMs;
    const names = this.#columns.names.map((column) => `"${column}"`);
    this.#upsert =
      `insert into runs (${names.join(", ")}) values (${this.#columns.all.map(placeholder).join(", ")}) ` +
      `on conflict (id) do update set ${names.map((column) => `${column} = excluded.${column}`).join(", ")}`;
  }

  async open(): Promise<void> {
    await this.#guarded(async () => {
      ensureFile(this.#file);
      this.#identity = fileIdentity(this.#file) ?? "";
      this.#connection = await openSqlite(this.#file);
    });
    try {
      // Looking first: a file that is not ours stays as it is, and who only asks waits for no writer.
      const empty = await this.#retried((connection) => isEmpty(connection, this.#file));
      await this.#retried((connection) => setJournal(connection, this.#file));
      if (empty) await this.#write((connection) => ensureSchema(connection, this.#columns, this.#file));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async insert(rows: readonly IndexRow[]): Promise<void> {
    const values = rows.map((row) =>
      this.#columns.encode(row).map((value) => (typeof value === "number" ? bindable(value) : value)),
    );
    await this.#write((connection) => {
      const statement = connection.prepare(this.#upsert);
      for (const row of values) statement.run(...row);
    });
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, IndexRow>> {
    const names = this.#columns.names.map((column) => `"${column}"`).join(", ");
    const rows = await this.#rows(`select ${names} from runs where id in (select value from json_each(?))`, [
      JSON.stringify(ids),
    ]);
    return new Map(rows.map((values) => this.#columns.decode(values)).map((row) => [row.id, row]));
  }

  async query(query: RunQuery): Promise<IndexRow[]> {
    const queries = await this.#builder();
    let values: unknown[][] | undefined;
    const quick = queries.selectPresent(query);
    if (quick !== null) values = await this.#rows(quick.sql, quick.parameters);
    if (values === undefined || values.length !== query.limit) {
      const { sql, parameters } = queries.select(query);
      values = await this.#rows(sql, parameters);
    }
    return values.map((row) => this.#columns.decode(row));
  }

  async count(where?: Where): Promise<number> {
    const { sql, parameters } = (await this.#builder()).count(where);
    return Number((await this.#rows(sql, parameters))[0]?.[0]);
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#write((connection) => {
      connection.prepare("delete from runs where id in (select value from json_each(?))").run(JSON.stringify(ids));
    });
  }

  async clear(): Promise<void> {
    await this.#write((connection) => remakeSchema(connection, this.#columns));
  }

  async stamp(): Promise<IndexStamp | null> {
    const [row] = await this.#rows("select layout, columns from stamp", []);
    return row === undefined ? null : { layout: Number(row[0]), columns: String(row[1]) };
  }

  async setStamp({ layout, columns }: IndexStamp): Promise<void> {
    await this.#write((connection) => {
      connection.exec("delete from stamp");
      connection.prepare("insert into stamp (layout, columns) values (?, ?)").run(layout, columns);
    });
  }

  close(): Promise<void> {
    this.#readers.clear();
    this.#connection?.close();
    this.#connection = null;
    return Promise.resolve();
  }

  /** The query builder takes longer to load than most runs are asked for: only who asks with conditions pays. */
  async #builder(): Promise<SqlQueries> {
    const [{ SqlQueries }, { sqliteBuilder, sqliteDialect, sqliteTable }] = await Promise.all([
      import("./sql-query.js"),
      import("./sqlite-dialect.js"),
    ]);
    return (this.#queries ??= new SqlQueries(this.#columns, sqliteDialect, sqliteBuilder(), sqliteTable));
  }

  #rows(sql: string, parameters: readonly unknown[]): Promise<unknown[][]> {
    return this.#retried((connection) => {
      const statement = this.#reader(connection, sql);
      return statement.all(...(parameters as (string | number)[])) as unknown[][];
    });
  }

  /** A statement for reading; those of the last questions are kept, since every hit asks the same. */
  #reader(connection: SqliteConnection, sql: string): Reader {
    const known = this.#readers.get(sql);
    if (known !== undefined) return known;
    const statement = connection.prepare(sql);
    statement.setReturnArrays(true);
    statement.setReadBigInts(true); // else the driver refuses what no number holds exactly
    if (this.#readers.size === MOST_READERS) this.#readers.clear();
    this.#readers.set(sql, statement);
    return statement;
  }

  /** All of `step` or nothing of it; it may be called again. */
  #write(step: (connection: SqliteConnection) => void): Promise<void> {
    return this.#retried((connection) => {
      connection.exec("begin immediate");
      try {
        step(connection);
        connection.exec("commit");
      } catch (error) {
        if (connection.isTransaction) connection.exec("rollback");
        throw error;
      }
    });
  }

  /** Tries until nobody else has the file locked, and leaves the event loop free in between. */
  async #retried<T>(step: (connection: SqliteConnection) => T): Promise<T> {
    return this.#guarded(async () => {
      const deadline = performance.now() + this.#patienceMs;
      for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
        try {
          return step(this.#opened());
        } catch (error) {
          if (sqliteCode(error) !== BUSY || performance.now() >= deadline) throw error;
        }
        await sleep(pauseMs * (0.5 + Math.random()));
      }
    });
  }

  #opened(): SqliteConnection {
    if (this.#connection === null) throw new Error(`Internal error: the index ${this.#file} is not open`);
    if (fileIdentity(this.#file) === this.#identity) return this.#connection;
    const message = `The index ${this.#file} was removed or replaced while it was in use: open it again.`;
    throw new RunIndexError("ERR_RUNCACHE_INDEX_CORRUPT", this.#file, message);
  }

  /** Errors with their codes; damage is moved aside. */
  async #guarded<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      const failure = describeFailure(error, this.#file, isDamage(error, this.#connection));
      if (failure instanceof RunIndexError && failure.code === "ERR_RUNCACHE_INDEX_CORRUPT") {
        await this.close();
        setAside(this.#file, this.#identity);
      }
      throw failure;
    }
  }
}

/** Of the statement that inserts a row. A number that comes as text becomes one again. */
function placeholder({ kind }: SqlColumn, at: number): string {
  const value = `?${String(at + 1)}`;
  return kind === "real" ? `iif(typeof(${value}) = 'text', ${REAL_FUNCTION}(${value}), ${value})` : value;
}
