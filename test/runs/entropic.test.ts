import { cpSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { integer, real, sqliteIndex, text } from "@runcache/runs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeRunsRig, type RunsRig } from "./rig.js";

const FIXTURES = fileURLToPath(new URL("fixtures/entropic", import.meta.url));

let rig: RunsRig;
/** Where the fixtures lie, for this test. */
let home: string;
let sqlite: string;
let tinydb: string;

beforeEach(async () => {
  rig = await makeRunsRig();
  home = rig.temp.join("entropic");
  cpSync(FIXTURES, home, { recursive: true });
  sqlite = path.join(home, "sqlite/runs.sqlite3");
  tinydb = path.join(home, "tinydb/runs.json");
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const read = (file: string | undefined): string => readFileSync(file ?? "", "utf8");

describe("the SQLite file of entropic 2.3.0", () => {
  const columns = { n: integer(), dt: real(), method: text() };

  test("becomes runs, whose results stay where they are", async () => {
    const store = rig.open({ columns, index: sqliteIndex });
    const before = readFileSync(sqlite);
    const report = await store.importEntropic({ database: sqlite });
    expect(report).toMatchObject({ imported: 6, present: 0 });
    const record = await store.retrieve({ n: 3, dt: 0.3, method: "rk4", adaptive: true });
    expect(record).toMatchObject({
      n: 3,
      dt: 0.3,
      method: "rk4",
      createdAt: "2026-11-21T15:03:12.612Z",
      elapsedSeconds: 0.0002,
      metadata: { git_sha: "abc", entropic_id: "4fbc18d1d10147ec" },
    });
    expect(record?.resultFile).toBe(path.join(home, "sqlite/results/4fbc18d1d10147ec.txt"));
    expect(read(record?.resultFile)).toBe('[3, 0.30000000000000004, "rk4"]');
    const seed = 2n ** 60n;
    const { hits, runs } = await store.sweep(
      [
        ...[1, 2].map((n) => ({ n, dt: 1e-13, method: "euler", adaptive: false, seed })),
        { n: 4, dt: 0.5, method: "ünï", adaptive: false, solver: { tol: NaN, $order: [1, 2] } },
        { n: 5, dt: 1, method: "rk4", adaptive: false },
      ],
      rig.runner,
    );
    expect([hits, runs, rig.ran]).toEqual([4, 0, []]);
    expect(readFileSync(sqlite)).toEqual(before);
    expect(existsSync(`${sqlite}-journal`)).toBe(false);
  });

  test("the report says what was left, and why", async () => {
    const { skipped } = await rig.open({ columns }).importEntropic({ database: sqlite });
    expect(skipped).toEqual([
      {
        id: "a7fa6abb5ca72f55",
        reason: "no-result",
        message: "there is no results/a7fa6abb5ca72f55.txt",
      },
      { id: "masked", reason: "params", message: expect.stringMatching(/^params\.mask is /) as string },
    ]);
    const strict = rig.open({ name: "strict", columns: { seed: integer() } });
    const report = await strict.importEntropic({ database: sqlite });
    expect(report.imported).toBe(0);
    expect(report.skipped.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("params.seed is missing"),
    );
  });

  test("the same params under two ids are a run and its replicate", async () => {
    const store = rig.open();
    await store.importEntropic({ database: sqlite });
    const records = await store.list({ where: { n: 5 }, orderBy: "replicate" });
    expect(records.map(({ replicate, metadata }) => [replicate, metadata])).toEqual([
      [0, { notes: "by hand", entropic_id: "e175726f2310a17f" }],
      [1, { entropic_id: "again" }],
    ]);
    expect(records.map(({ resultFile }) => read(resultFile))).toEqual(["registered", "again"]);
  });

  test("a second import imports nothing twice, and leaves what is there", async () => {
    const store = rig.open();
    const made = await store.runOrRetrieve({ n: 3, dt: 0.3, method: "rk4", adaptive: true }, rig.runner);
    expect(await store.importEntropic({ database: sqlite })).toMatchObject({ imported: 5, present: 1 });
    const first = await store.list();
    expect(await store.importEntropic({ database: sqlite })).toMatchObject({ imported: 0, present: 6 });
    expect(await store.list()).toEqual(first);
    expect(first).toContainEqual(made);
    expect(await store.rebuildIndex()).toBe(6);
  });

  test("a dry run reports the same, and records nothing", async () => {
    const store = rig.open({ index: sqliteIndex });
    const report = await store.importEntropic({ database: sqlite, dryRun: true });
    expect(existsSync(path.join(store.dir, ".index"))).toBe(false);
    expect(await store.list()).toEqual([]);
    expect(await store.importEntropic({ database: sqlite })).toEqual(report);
    expect(await store.importEntropic({ database: sqlite, dryRun: true })).toMatchObject({ imported: 0, present: 6 });
  });

  test("copies, on request, do not need entropic's files", async () => {
    const store = rig.open();
    await store.importEntropic({ database: sqlite, copy: true });
    rmSync(home, { recursive: true });
    const records = await store.list({ where: { n: 3 } });
    expect(records.map(({ resultFile }) => read(resultFile))).toEqual(['[3, 0.30000000000000004, "rk4"]']);
    expect(lstatSync(records[0]?.resultFile ?? "").isSymbolicLink()).toBe(false);
    expect(await store.retrieve({ n: 3, dt: 0.3, method: "rk4", adaptive: true })).toEqual(records[0]);
  });

  test("NULL is null, on request", async () => {
    const store = rig.open();
    await store.importEntropic({ database: sqlite, nulls: "null" });
    expect((await store.list({ where: { n: 3 } }))[0]?.params).toMatchObject({ seed: null, solver: null });
  });

  test("a results folder may lie elsewhere; a file of the same name from elsewhere is not taken", async () => {
    const moved = path.join(home, "moved/results");
    cpSync(path.join(home, "sqlite/results"), moved, { recursive: true });
    rmSync(path.join(home, "sqlite/results"), { recursive: true });
    rmSync(path.join(home, "sqlite/elsewhere"), { recursive: true });
    writeFileSync(path.join(moved, "mine.txt"), "another");
    const report = await rig.open().importEntropic({ database: sqlite, resultsDir: moved });
    expect(report.imported).toBe(4);
    const skipped = report.skipped.map(({ id, reason }) => [id, reason]);
    expect(skipped).toContainEqual(["e175726f2310a17f", "no-result"]);
  });

  test("paths are relative to the database, or to where the program was started", async () => {
    const database = path.join(home, "runs.sqlite3");
    renameSync(sqlite, database);
    expect((await rig.open().importEntropic({ database })).imported).toBe(0);
    const workingDir = path.join(home, "sqlite");
    expect((await rig.open().importEntropic({ database, workingDir })).imported).toBe(6);
  });
});

describe("the TinyDB file of entropic 2.1.0", () => {
  test("becomes runs; the first of two with the same params is the one that is retrieved", async () => {
    const store = rig.open();
    const report = await store.importEntropic({ database: tinydb, resultsDir: path.join(home, "tinydb/results") });
    expect(report).toMatchObject({
      imported: 5,
      present: 0,
      skipped: [{ id: "e730f79a319c0fd8", reason: "no-result" }],
    });
    const { hits, records } = await store.sweep(
      [
        { n: 3, dt: 0.3, tags: ["a", "b"] },
        ...[1, 2].map((n) => ({ n, dt: Infinity, $seed: 2n ** 60n })),
        { n: 4, dt: 0.5, solver: { tol: 1e-13, limit: null } },
      ],
      rig.runner,
    );
    expect([hits, rig.ran]).toEqual([4, []]);
    expect(records.map(({ metadata }) => metadata)).toMatchObject([{ git_sha: "abc" }, {}, {}, { take: 1 }]);
    expect(records.map(({ resultFile }) => read(resultFile))).toEqual([
      "[3, 0.30000000000000004]",
      "[1, Infinity]",
      "[2, Infinity]",
      "[4, 0.5]",
    ]);
    expect(await store.list({ where: { n: 4, replicate: 1 } })).toMatchObject([{ metadata: { take: 2 } }]);
    expect(await store.importEntropic({ database: tinydb })).toMatchObject({ imported: 0, present: 5 });
  });

  test("documents that say too little are told", async () => {
    const document = { params_hash: "aa", result_path: tinydb, created_at: "2026-01-02T03:04:05+00:00", n: 1 };
    const documents = [document, { ...document, created_at: "soon" }, { ...document, metadata: 7 }, { n: 1 }, 5];
    writeFileSync(tinydb, JSON.stringify({ _default: Object.fromEntries(Object.entries(documents)) }));
    const { imported, skipped } = await rig.open().importEntropic({ database: tinydb });
    expect([imported, skipped.map(({ id, reason }) => `${id} ${reason}`)]).toEqual([
      1,
      ["aa unreadable", "aa unreadable", "3 unreadable", "4 unreadable"],
    ]);
  });
});

describe("what is no database of entropic is refused", () => {
  test.each([
    ["a file that is not there", undefined, "no such file"],
    ["text", "id,n\n1,2\n", "neither"],
    ["other JSON", '{"runs": []}', "_default"],
    ["entropic 0.x", '{"_default": {"1": {"source_path": "a", "samples": []}}}', "entropic 0.x"],
  ])("%s", async (_, content, words) => {
    const database = rig.temp.join("other.db");
    if (content !== undefined) writeFileSync(database, content);
    await expect(rig.open().importEntropic({ database })).rejects.toMatchObject({
      code: "ERR_RUNCACHE_ENTROPIC",
      message: expect.stringContaining(words) as string,
    });
  });

  test("a directory", async () => {
    const importing = rig.open().importEntropic({ database: home });
    await expect(importing).rejects.toMatchObject({ code: "ERR_RUNCACHE_ENTROPIC" });
  });

  test("a SQLite file without such a table, and a damaged one", async () => {
    const store = rig.open({ index: sqliteIndex });
    await store.runOrRetrieve({ n: 1 }, rig.runner);
    await store.close();
    const other = path.join(store.dir, ".index/sim.sqlite");
    const importing = (options: object): unknown =>
      rig.open({ name: "x" }).importEntropic({ database: other, ...options });
    await expect(importing({})).rejects.toThrow("no table in it holds runs of entropic");
    await expect(importing({ database: sqlite, table: "dacay" })).rejects.toThrow("decay does");
    const bytes = readFileSync(sqlite);
    writeFileSync(sqlite, bytes.fill(0xff, 100, statSync(sqlite).size));
    await expect(importing({ database: sqlite })).rejects.toMatchObject({ code: "ERR_RUNCACHE_ENTROPIC" });
  });

  test("an empty TinyDB has no runs", async () => {
    writeFileSync(tinydb, "");
    expect(await rig.open().importEntropic({ database: tinydb })).toEqual({ imported: 0, present: 0, skipped: [] });
  });
});

test("an aborted import rejects with the reason, and keeps what it had", async () => {
  const controller = new AbortController();
  const store = rig.open({ onEvent: () => controller.abort(new Error("enough")) });
  await expect(store.importEntropic({ database: sqlite, signal: controller.signal })).rejects.toThrow("enough");
  expect(await store.list()).toMatchObject([{ params: { n: 3 } }]);
  expect(await store.importEntropic({ database: sqlite })).toMatchObject({ imported: 5, present: 1 });
});
