import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { chmod } from "node:fs/promises";
import { expect, test } from "vitest";
import { makeRow } from "../../../../test/kit/index-row.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import type { IndexContext } from "../types/run-index.js";
import type { FieldRef } from "../types/where.js";
import { RunIndexError } from "./run-index-error.js";
import { openSqlite } from "./sqlite-driver.js";
import { journalFor } from "./sqlite-file.js";
import { SqliteIndex } from "./sqlite-index.js";

const COLUMNS = { n: "integer", dt: "real", method: "text" } as const;
const ROWS = Array.from({ length: 300 }, (_, n) =>
  makeRow(n, { n, dt: n / 10, method: n % 2 === 0 ? "rk4" : "euler" }),
);

async function openIndex(dir: TempDir, columns: IndexContext["columns"] = COLUMNS): Promise<SqliteIndex> {
  const index = new SqliteIndex({ dir: dir.path, name: "s", columns });
  await index.open();
  return index;
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RunIndexError) return error.code;
    throw error;
  }
  return "no error";
}

function writeAt(file: string, bytes: Buffer, position: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, position);
  closeSync(descriptor);
}

test("A file that was removed without its log is made anew.", async () => {
  await using dir = await tempDir();
  const first = await openIndex(dir);
  await first.insert(ROWS);
  unlinkSync(dir.join("s.sqlite"));
  expect(existsSync(dir.join("s.sqlite-wal"))).toBe(true);
  const second = await openIndex(dir);
  expect(await second.count()).toBe(0);
  await second.insert(ROWS);
  expect(await second.count()).toBe(ROWS.length);
  await second.close();
  await first.close();
});

test("Rows outlive the index that kept them.", async () => {
  await using dir = await tempDir();
  const first = await openIndex(dir);
  await first.insert(ROWS);
  await first.setStamp({ layout: 1, columns: "c" });
  await first.close();
  const second = await openIndex(dir);
  expect(await second.find(ROWS.map(({ id }) => id))).toEqual(new Map(ROWS.map((row) => [row.id, row])));
  expect(await second.stamp()).toEqual({ layout: 1, columns: "c" });
  await second.close();
});

test.each(["rowid", "ID", "id", "select", 'a"b', "N", "n", "δ", "created_at", "", "__proto__"])(
  "A column may be called %j.",
  async (name) => {
    await using dir = await tempDir();
    const index = await openIndex(dir, { [name]: "integer", n: "integer" });
    const row = makeRow(1, { n: 1, [name]: 7 });
    await index.insert([row]);
    const field: FieldRef = { kind: "column", name, columnKind: "integer", path: [] };
    expect(await index.query({ where: { op: "eq", field, value: 7 } })).toEqual([row]);
    await index.close();
  },
);

test.each([
  ["a column of its own", { op: "lt", field: { kind: "column", name: "dt", columnKind: "real", path: [] }, value: 3 }],
  ["when it was created", { op: "lt", field: { kind: "built-in", name: "createdAt" }, value: "2026" }],
] as const)("What is asked of %s is found by an index of the table.", async (_, where) => {
  await using dir = await tempDir();
  const index = await openIndex(dir);
  await index.insert(ROWS);
  const [{ SqlQueries }, { SqlColumns }, { sqliteBuilder, sqliteDialect, sqliteTable }] = await Promise.all([
    import("./sql-query.js"),
    import("./sql-columns.js"),
    import("./sqlite-dialect.js"),
  ]);
  const queries = new SqlQueries(new SqlColumns(COLUMNS), sqliteDialect, sqliteBuilder(), sqliteTable);
  const { sql, parameters } = queries.select({ where, limit: 10 });
  const connection = await openSqlite(dir.join("s.sqlite"));
  const plan = connection.prepare(`explain query plan ${sql}`).all(...(parameters as string[])) as { detail: string }[];
  expect(plan.map(({ detail }) => detail).join("\n")).toContain("USING INDEX");
  connection.close();
  await index.close();
});

test("A file that is no database is moved aside with one error, and the next index is empty.", async () => {
  await using dir = await tempDir();
  writeFileSync(dir.join("s.sqlite"), "this is no database, whatever its name says. ".repeat(100));
  expect(await codeOf(openIndex(dir))).toBe("ERR_RUNCACHE_INDEX_CORRUPT");
  expect(readdirSync(dir.path)).toEqual(["s.sqlite.damaged"]);
  const index = await openIndex(dir);
  expect(await index.stamp()).toBeNull();
  await index.close();
});

test("A database of another program is moved aside, not written.", async () => {
  await using dir = await tempDir();
  const foreign = await openSqlite(dir.join("s.sqlite"));
  foreign.exec("create table theirs (a)");
  foreign.close();
  const { size, mtimeNs } = statSync(dir.join("s.sqlite"), { bigint: true });
  expect(await codeOf(openIndex(dir))).toBe("ERR_RUNCACHE_INDEX_CORRUPT");
  expect(statSync(dir.join("s.sqlite.damaged"), { bigint: true })).toMatchObject({ size, mtimeNs });
});

test.each([
  ["overwritten", (file: string) => writeAt(file, Buffer.alloc(statSync(file).size - 4096, 0xff), 4096)],
  [
    "cut short",
    (file: string) => {
      truncateSync(file, 8192);
    },
  ],
])("A file that was %s is told as damaged when it is asked.", async (_, damage) => {
  await using dir = await tempDir();
  const file = dir.join("s.sqlite");
  const index = await openIndex(dir);
  await index.insert(ROWS);
  // All into the file itself, as when the last process ends.
  const connection = await openSqlite(file);
  connection.exec("pragma wal_checkpoint(truncate)");
  damage(file);
  const again = new SqliteIndex({ dir: dir.path, name: "s", columns: COLUMNS });
  const opened = await codeOf(again.open());
  expect(opened === "no error" ? await codeOf(again.query({})) : opened).toBe("ERR_RUNCACHE_INDEX_CORRUPT");
  expect(existsSync(`${file}.damaged`)).toBe(true);
  const empty = await openIndex(dir);
  expect(await empty.count()).toBe(0);
  await empty.insert(ROWS);
  expect(await empty.count()).toBe(ROWS.length);
  await empty.close();
});

test("A newer runcache's index is left as it is.", async () => {
  await using dir = await tempDir();
  await (await openIndex(dir)).close();
  const connection = await openSqlite(dir.join("s.sqlite"));
  connection.exec("pragma user_version = 2");
  connection.close();
  expect(await codeOf(openIndex(dir))).toBe("ERR_RUNCACHE_INDEX_NEWER");
  expect(existsSync(dir.join("s.sqlite"))).toBe(true);
});

test("An index whose file was removed says so, instead of writing where nobody reads.", async () => {
  await using dir = await tempDir();
  const index = await openIndex(dir);
  unlinkSync(dir.join("s.sqlite"));
  expect(await codeOf(index.insert(ROWS))).toBe("ERR_RUNCACHE_INDEX_CORRUPT");
});

test("A lock that is not given back in time is an error; one that is, is waited for.", async () => {
  await using dir = await tempDir();
  await (await openIndex(dir)).close();
  const holder = await openSqlite(dir.join("s.sqlite"));
  const index = new SqliteIndex({ dir: dir.path, name: "s", columns: COLUMNS }, { patienceMs: 0 });
  await index.open();
  holder.exec("begin immediate");
  expect(await codeOf(index.insert(ROWS))).toBe("ERR_RUNCACHE_INDEX_BUSY");
  const patient = await openIndex(dir);
  const inserted = patient.insert(ROWS);
  setImmediate(() => holder.exec("commit"));
  await inserted;
  expect(await index.count()).toBe(ROWS.length);
  holder.close();
  await patient.close();
  await index.close();
});

test("Of rows that fail half-way, none is kept.", async () => {
  await using dir = await tempDir();
  const index = await openIndex(dir);
  const broken = { ...makeRow(7, {}), params: undefined as unknown as string };
  await expect(index.insert([...ROWS, broken])).rejects.toThrow();
  expect(await index.count()).toBe(0);
  await index.insert(ROWS);
  expect(await index.count()).toBe(ROWS.length);
  await index.close();
});

test("Who may use the directory may use the index.", async () => {
  await using dir = await tempDir();
  await chmod(dir.path, 0o770);
  const index = await openIndex(dir);
  await index.insert(ROWS);
  const modes = readdirSync(dir.path).map((name) => statSync(dir.join(name)).mode & 0o777);
  expect(modes.length).toBeGreaterThan(0);
  expect(new Set(modes)).toEqual(new Set([0o660]));
  await index.close();
});

test("Columns that changed take effect when the index is cleared.", async () => {
  await using dir = await tempDir();
  const old = await openIndex(dir, { n: "integer" });
  await old.insert([makeRow(1, { n: 1 })]);
  await old.setStamp({ layout: 1, columns: "n" });
  await old.close();
  const index = await openIndex(dir, { n: "integer", method: "text" });
  expect(await index.stamp()).toEqual({ layout: 1, columns: "n" });
  await index.clear();
  expect(await index.stamp()).toBeNull();
  const row = makeRow(1, { n: 1, method: "rk4" });
  await index.insert([row]);
  expect(await index.query({})).toEqual([row]);
  await index.close();
});

test.each([
  ["ext4", "wal"],
  ["tmpfs", "wal"],
  ["nfs", "delete"],
  ["lustre", "delete"],
  ["unknown", "delete"],
])("On %s the journal is %s.", (kind, journal) => {
  expect(journalFor(kind)).toBe(journal);
});
