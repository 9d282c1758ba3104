import { afterAll, describe, expect, test } from "vitest";
import pg from "pg";
import { makeRow } from "../../../../test/kit/index-row.js";
import { POSTGRES_URL, probes } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import type { IndexContext } from "../types/run-index.js";
import type { FieldRef } from "../types/where.js";
import { PostgresIndex } from "./postgres-index.js";
import { RunIndexError } from "./run-index-error.js";

const COLUMNS = { n: "integer", dt: "real", method: "text" } as const;
const ROWS = Array.from({ length: 300 }, (_, n) =>
  makeRow(n, { n, dt: n / 10, method: n % 2 === 0 ? "rk4" : "euler" }),
);

/** One schema a process, so that tests of two checkouts do not meet. */
const SCHEMA = `Unit "test" ${String(process.pid)} ${String(Date.now())}`;

async function failureOf(call: Promise<unknown>): Promise<RunIndexError> {
  const error: unknown = await call.then(
    () => "no error",
    (reason: unknown) => reason,
  );
  if (error instanceof RunIndexError) return error;
  throw new Error("not the error of an index", { cause: error });
}

describe.skipIf(requireOrSkip("postgres", probes.postgres))("in PostgreSQL", () => {
  let stores = 0;
  const contextFor = (columns: IndexContext["columns"]): IndexContext => ({
    dir: "/nowhere",
    name: `store-${String(++stores)}`,
    columns,
  });

  async function openIndex(context = contextFor(COLUMNS)): Promise<PostgresIndex> {
    const index = new PostgresIndex(context, { connectionString: POSTGRES_URL, schema: SCHEMA });
    await index.open();
    return index;
  }

  async function withClient<T>(step: (client: pg.Client) => Promise<T>): Promise<T> {
    const client = new pg.Client(POSTGRES_URL);
    await client.connect();
    try {
      return await step(client);
    } finally {
      await client.end();
    }
  }

  afterAll(async () => {
    await withClient((client) => client.query(`drop schema if exists "${SCHEMA.replaceAll('"', '""')}" cascade`));
  });

  test("Rows outlive the index that kept them.", async () => {
    const context = contextFor(COLUMNS);
    const first = await openIndex(context);
    await first.insert(ROWS);
    await first.setStamp({ layout: 1, columns: "c" });
    await first.close();
    const second = await openIndex(context);
    expect(await second.find(ROWS.map(({ id }) => id))).toEqual(new Map(ROWS.map((row) => [row.id, row])));
    expect(await second.stamp()).toEqual({ layout: 1, columns: "c" });
    await second.close();
  });

  test.each(["oid", "ctid", "ID", "select", 'a"b', "N", "δ", "", "x".repeat(100), "__proto__"])(
    "A column may be called %j.",
    async (name) => {
      const index = await openIndex(contextFor({ [name]: "integer", n: "integer" }));
      const row = makeRow(1, { n: 1, [name]: 7 });
      await index.insert([row]);
      const field: FieldRef = { kind: "column", name, columnKind: "integer", path: [] };
      expect(await index.query({ where: { op: "eq", field, value: 7 } })).toEqual([row]);
      await index.close();
    },
  );

  test("Many that open a store at once make its tables once.", async () => {
    const context = contextFor(COLUMNS);
    const indexes = await Promise.all(Array.from({ length: 8 }, () => openIndex(context)));
    await Promise.all(indexes.map((index) => index.insert(ROWS)));
    expect(await indexes[0]?.count()).toBe(ROWS.length);
    await Promise.all(indexes.map((index) => index.close()));
  });

  test("Writers of the same rows in different orders do not stop each other.", async () => {
    const context = contextFor(COLUMNS);
    const [one, other] = await Promise.all([openIndex(context), openIndex(context)]);
    const reversed = ROWS.toReversed();
    for (let round = 0; round < 10; round++) await Promise.all([one.insert(ROWS), other.insert(reversed)]);
    expect(await one.count()).toBe(ROWS.length);
    await Promise.all([one.close(), other.close()]);
  });

  test("A row that is given twice is kept as it was given last.", async () => {
    const index = await openIndex();
    const last = makeRow(1, { n: 1, dt: 1, method: "b" });
    await index.insert([makeRow(1, { n: 1, dt: 1, method: "a" }), last]);
    expect(await index.query({})).toEqual([last]);
    await index.close();
  });

  test("Connections that the server ends are made again.", async () => {
    const index = await openIndex();
    await index.insert(ROWS);
    const ended = await withClient((client) =>
      client.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'runcache' and usename = current_user and query like $1",
        [`%store_${String(stores)}%`],
      ),
    );
    expect(ended.rowCount).toBeGreaterThan(0);
    expect(await index.count()).toBe(ROWS.length);
    await index.close();
  });

  test("A newer runcache's index is left as it is.", async () => {
    const context = contextFor(COLUMNS);
    const index = await openIndex(context);
    await index.insert(ROWS);
    await withClient((client) =>
      client.query(
        `update "${SCHEMA.replaceAll('"', '""')}".runcache_stamps set version = 2 where runs like 'store_${String(stores)}\\_\\_%'`,
      ),
    );
    expect((await failureOf(openIndex(context))).code).toBe("ERR_RUNCACHE_INDEX_NEWER");
    expect(await index.count()).toBe(ROWS.length);
    await index.close();
  });

  test("Columns that changed take effect when the index is cleared.", async () => {
    const context = contextFor({ n: "integer" });
    const old = await openIndex(context);
    await old.insert([makeRow(1, { n: 1 })]);
    await old.setStamp({ layout: 1, columns: "n" });
    await old.close();
    const index = await openIndex({ ...context, columns: { n: "integer", method: "text" } });
    expect(await index.stamp()).toEqual({ layout: 1, columns: "n" });
    const row = makeRow(1, { n: 1, method: "rk4" });
    expect((await failureOf(index.insert([row]))).code).toBe("ERR_RUNCACHE_INDEX_UNUSABLE");
    await index.clear();
    expect(await index.stamp()).toBeNull();
    await index.insert([row]);
    expect(await index.query({})).toEqual([row]);
    await index.close();
  });

  test("Half a batch is never kept.", async () => {
    const index = await openIndex();
    const broken = makeRow(1000, { n: 1, dt: 1, method: null }, { params: "not json" });
    expect((await failureOf(index.insert([...ROWS, broken]))).code).toBe("ERR_RUNCACHE_INDEX_ROW");
    expect(await index.count()).toBe(0);
    await index.close();
  });
});

test("A server that is not there is an error with its address and without a password.", async () => {
  const connectionString = "postgresql://someone:sesame@127.0.0.1:1/runs";
  const error = await failureOf(
    new PostgresIndex({ dir: "/nowhere", name: "s", columns: {} }, { connectionString }).open(),
  );
  expect(error).toMatchObject({ code: "ERR_RUNCACHE_INDEX_UNUSABLE", place: "127.0.0.1:1/runs" });
  expect(error.message).toContain("is the server running?");
  expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain("sesame");
});

test("A connection string that is none is an error that does not quote it.", async () => {
  const connectionString = "postgresql://someone:sesame@host:port/runs";
  const opened = new PostgresIndex({ dir: "/nowhere", name: "s", columns: {} }, { connectionString }).open();
  await expect(opened).rejects.toMatchObject({ code: "ERR_RUNCACHE_BAD_CONNECTION_STRING" });
  await expect(opened).rejects.not.toHaveProperty("cause");
  await expect(opened).rejects.not.toThrow("sesame");
});
