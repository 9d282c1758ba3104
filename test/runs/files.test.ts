import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { integer, json, memoryIndex, real, text, toolRunner } from "@runcache/runs";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeRow } from "../kit/index-row.js";
import { makeRunsRig, readJson, type RunsRig } from "./rig.js";

let rig: RunsRig;
let file: string;

beforeEach(async () => {
  rig = await makeRunsRig();
  file = rig.temp.join("mine.h5");
  writeFileSync(file, "mine");
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

describe("register", () => {
  test.each(["copy", "move", "link"] as const)("%s: the file is the result, and nothing runs", async (mode) => {
    const store = rig.open({ fileSuffix: ".h5" });
    const options = { mode, metadata: { by: "hand" }, elapsedSeconds: 2, createdAt: "2026-01-02T03:04:05Z" };
    const record = await store.register({ n: 1 }, file, options);
    expect(record).toMatchObject({
      metadata: { by: "hand" },
      elapsedSeconds: 2,
      createdAt: "2026-01-02T03:04:05.000Z",
    });
    expect(readFileSync(record.resultFile, "utf8")).toBe("mine");
    expect(existsSync(file)).toBe(mode !== "move");
    expect(record.resultFile === file).toBe(mode === "link");
    expect(await store.runOrRetrieve({ n: 1 }, rig.runner)).toEqual(record);
    expect((await store.sweep([{ n: 1 }], rig.runner)).hits).toBe(1);
    expect(await store.retrieve({ n: 1 })).toEqual(record);
    await store.rebuildIndex();
    expect(await store.list()).toEqual([record]);
    expect(rig.ran).toEqual([]);
  });

  test("a linked file that was changed serves no longer; deleting its record never removes it", async () => {
    const store = rig.open();
    await store.register({ n: 1 }, file, { mode: "link" });
    await store.register({ n: 2 }, file, { mode: "link" });
    expect(await store.delete({ n: 2 }, { removeFile: true })).toBe(true);
    expect(existsSync(file)).toBe(true);
    utimesSync(file, 1000, 1000);
    expect(await store.retrieve({ n: 1 })).toBeNull();
    expect((await store.sweep([{ n: 1 }], rig.runner)).runs).toBe(1);
    expect(rig.ran).toEqual([{ n: 1 }]);
    expect(readFileSync(file, "utf8")).toBe("mine");
  });

  test("takes the place of an earlier record", async () => {
    const store = rig.open();
    await store.runOrRetrieve({ n: 1 }, rig.runner);
    const record = await store.register({ n: 1 }, file);
    expect(readFileSync((await store.retrieve({ n: 1 }))?.resultFile ?? "", "utf8")).toBe("mine");
    expect(await store.list()).toEqual([record]);
  });

  test.each<readonly [string, string | undefined, object]>([
    ["a file that is not there", "/none/such", {}],
    ["a directory", "/", {}],
    ["a mode that is none", undefined, { mode: "symlink" }],
    ["a time that is none", undefined, { createdAt: "soon" }],
    ["a negative duration", undefined, { elapsedSeconds: -1 }],
  ])("%s is refused", async (_, path, options) => {
    const store = rig.open();
    const registering = store.register({ n: 1 }, path ?? file, options);
    await expect(registering).rejects.toMatchObject({ code: "ERR_RUNCACHE_REGISTER" });
    expect(await store.count()).toBe(0);
  });
});

describe("export", () => {
  beforeEach(async () => {
    const store = rig.open();
    const grid = [
      { n: 1, method: 'a,"b"\n' },
      { n: 2, tags: [1, "x"], id: "own" },
      { n: 3, special: NaN },
    ];
    await store.sweep(grid, rig.runner, { metadata: { git: "abc" } });
  });

  test("JSON Lines has one record a line", async () => {
    const out = rig.temp.join("runs.jsonl");
    const store = rig.open();
    expect(await store.export(out, { orderBy: "n" })).toBe(3);
    const lines = readFileSync(out, "utf8").trimEnd().split("\n");
    const records = await store.list({ orderBy: "n" });
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      {
        id: records[0]?.id,
        params: { n: 1, method: 'a,"b"\n' },
        metadata: { git: "abc" },
        resultFile: records[0]?.resultFile,
      },
      { params: { n: 2, tags: [1, "x"] } },
      { params: { n: 3, special: { $number: "NaN" } } },
    ]);
  });

  test.each(["none/such/runs.csv", ".", "source.dat/runs.parquet"])("to %s says what is in the way", async (to) => {
    writeFileSync(rig.temp.join("source.dat"), "");
    const before = readdirSync(rig.temp.path).sort();
    const out = rig.temp.join(to);
    await expect(rig.open().export(out)).rejects.toMatchObject({
      code: "ERR_RUNCACHE_EXPORT_FILE",
      message: expect.stringMatching(/^runs cannot be written to .*: E[A-Z]+: /) as string,
    });
    expect(readdirSync(rig.temp.path).sort()).toEqual(before);
  });

  test("CSV has a column a parameter, quoted as RFC 4180 says", async () => {
    const out = rig.temp.join("runs.csv");
    expect(await rig.open().export(out, { where: { n: { lt: 3 } }, orderBy: "n" })).toBe(2);
    const [head, ...rows] = readFileSync(out, "utf8").split("\r\n");
    expect(head).toBe(
      "id,name,version,replicate,resultFile,resultSize,createdAt,elapsedSeconds,params.id,method,n,tags,metadata",
    );
    expect(rows[0]).toMatch(/^[0-9a-f]{64},sim,1,0,.*,,"a,""b""\n",1,,"\{""git"":""abc""\}"$/);
    expect(rows[1]).toMatch(/,own,,2,"\[1,""x""\]",/);
    expect(rows[2]).toBe("");
  });

  test("Parquet has typed columns, and JSON for the rest", async () => {
    const out = rig.temp.join("runs.parquet");
    const columns = {
      n: integer(),
      dt: real({ optional: true }),
      method: text({ optional: true }),
      tags: json({ optional: true }),
    };
    const store = rig.open({ columns });
    await store.runOrRetrieve({ n: 4, dt: 1e-13, method: "ünï" }, rig.runner);
    expect(await store.export(out, { orderBy: "n" })).toBe(4);
    const parquet = await asyncBufferFromFile(out);
    const types = parquetSchema(await parquetMetadataAsync(parquet)).children.map(({ element }) => [
      element.name,
      element.converted_type ?? element.type,
    ]);
    expect(Object.fromEntries(types)).toEqual({
      ...{ id: "UTF8", name: "UTF8", version: "UTF8", replicate: "INT64", resultFile: "UTF8", resultSize: "INT64" },
      ...{ createdAt: "TIMESTAMP_MILLIS", elapsedSeconds: "DOUBLE" },
      ...{ n: "INT64", dt: "DOUBLE", method: "UTF8", tags: "UTF8", params: "UTF8", metadata: "UTF8" },
    });
    const rows = (await parquetReadObjects({ file: parquet })) as Readonly<Record<string, unknown>>[];
    const records = await store.list({ orderBy: "n" });
    expect(rows).toMatchObject(
      records.map(({ id, name, version, resultFile, resultSize, createdAt, elapsedSeconds }) => ({
        ...{ id, name, version, resultFile, elapsedSeconds, replicate: 0n },
        ...{ resultSize: BigInt(resultSize), createdAt: new Date(createdAt) },
      })),
    );
    expect(rows.map(({ n, dt, method, tags, params, metadata }) => [n, dt, method, tags, params, metadata])).toEqual([
      [1n, null, 'a,"b"\n', null, '{"method":"a,\\"b\\"\\n","n":1}', '{"git":"abc"}'],
      [2n, null, null, '[1,"x"]', '{"id":"own","n":2,"tags":[1,"x"]}', '{"git":"abc"}'],
      [3n, null, null, null, '{"n":3,"special":{"$number":"NaN"}}', '{"git":"abc"}'],
      [4n, 1e-13, "ünï", null, '{"dt":1e-13,"method":"ünï","n":4}', "{}"],
    ]);
  });

  test("Parquet of no runs, and of more than a row group", async () => {
    const store = rig.open({ name: "many", columns: { n: integer() } });
    expect(await store.export(rig.temp.join("none.parquet"))).toBe(0);
    expect(await parquetReadObjects({ file: await asyncBufferFromFile(rig.temp.join("none.parquet")) })).toEqual([]);
    const dir = rig.temp.join("many");
    const rows = Array.from({ length: 10_001 }, (_, n) => makeRow(n, { n }, { name: "many" }));
    const index = memoryIndex({ dir, name: "many", columns: { n: "integer" } });
    const many = rig.open({ dir, name: "many", columns: { n: integer() }, index: () => index });
    await many.count();
    await index.insert(rows);
    const out = rig.temp.join("many.parquet");
    expect(await many.export(out, { orderBy: "n" })).toBe(10_001);
    const read = (await parquetReadObjects({ file: await asyncBufferFromFile(out), columns: ["n"] })) as {
      n: bigint;
    }[];
    expect(read.map(({ n }) => n)).toEqual(rows.map((_, n) => BigInt(n)));
  });

  test("an unknown format is refused, and leaves nothing", async () => {
    for (const format of ["xlsx", "toString"]) {
      const exporting = rig.open().export(rig.temp.join("runs.out"), { format: format as never });
      await expect(exporting).rejects.toMatchObject({ code: "ERR_RUNCACHE_EXPORT_FORMAT" });
    }
    expect(existsSync(rig.temp.join("runs.out"))).toBe(false);
  });
});

test("a wrapped command line can be the runner: its steps are cached below the run", async () => {
  const runner = new CachingRunner({ base: new LocalRunner(), cacheDir: rig.temp.join("steps") });
  let steps = 0;
  const run = toolRunner<{ n: number; word: string }>(runner, (base, { word }) => {
    const execution = base.startExecution({ id: "1", package: "demo", name: "echo" });
    execution.params({ word });
    const out = execution.outputFile("out.json");
    execution.run(["sh", "-c", 'printf "\\"%s\\"" "$0" > out.json', word]);
    steps++;
    return out;
  });
  const store = rig.open();
  const records = await store.sweep(
    [
      { n: 1, word: "a" },
      { n: 2, word: "a" },
      { n: 1, word: "a" },
    ],
    run,
  );
  expect(records.records.map(({ resultFile }) => readJson(resultFile))).toEqual(["a", "a", "a"]);
  expect([steps, runner.counters.hit]).toEqual([2, 1]);
});
