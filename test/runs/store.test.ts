import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openCache } from "@runcache/core";
import { integer, json, memoryIndex, real, RunError, RunStore, text, type RunRecord } from "@runcache/runs";
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { indexKinds } from "./index-kinds.js";
import { makeRunsRig, readJson, type RunsRig } from "./rig.js";

for (const kind of indexKinds)
  describe.skipIf(kind.isMissing)(`with an index in ${kind.name}`, () => {
    let rig: RunsRig;

    beforeEach(async () => {
      rig = await makeRunsRig(kind.make());
    });

    afterEach(async () => {
      vi.restoreAllMocks();
      await rig[Symbol.asyncDispose]();
    });

    test("equal params run once; the record is the same, and its file is there", async () => {
      const store = rig.open({ fileSuffix: ".json" });
      const made = await store.runOrRetrieve({ n: 10, dt: 0.1 + 0.2 }, rig.runner, { metadata: { git: "abc" } });
      const found = await rig.open({ fileSuffix: ".json" }).runOrRetrieve({ dt: 0.3, n: 10 }, rig.runner);
      expect(rig.ran).toEqual([{ n: 10, dt: 0.3 }]);
      expect(found).toEqual(made);
      expect(readJson(made.resultFile)).toEqual({ n: 10, dt: 0.3 });
      expect(path.basename(made.resultFile)).toBe("result.json");
      expect(made).toMatchObject({
        name: "sim",
        version: "1",
        replicate: 0,
        metadata: { git: "abc" },
        params: { n: 10, dt: 0.3 },
      });
      expect(made.id).toMatch(/^[0-9a-f]{64}$/);
      expect(made.shortId).toBe(made.id.slice(0, 16));
      expect(new Date(made.createdAt).toISOString()).toBe(made.createdAt);
      expect(made.elapsedSeconds).toBeGreaterThan(0);
    });

    test("a record is frozen all the way down", async () => {
      const record = await rig.open().runOrRetrieve({ a: { b: [1] } }, rig.runner, { metadata: { c: { d: 1 } } });
      for (const part of [record, record.params, record.params["a"], record.metadata, record.metadata["c"]]) {
        expect(Object.isFrozen(part)).toBe(true);
      }
    });

    test("another name, another version and other params are other runs", async () => {
      const params = { n: 1 };
      const stores = [rig.open(), rig.open({ name: "other" }), rig.open({ version: "2" })];
      const records = [];
      for (const store of stores) records.push(await store.runOrRetrieve(params, rig.runner));
      records.push(await stores[0]?.runOrRetrieve({ n: 1, m: undefined, k: null }, rig.runner));
      expect(rig.ran).toHaveLength(4);
      expect(new Set(records.map((record) => record?.id)).size).toBe(4);
      expect(await Promise.all(stores.map((store) => store.count()))).toEqual([2, 1, 1]);
      // One in memory does not see what the other stores did since it was opened.
      if (kind.isShared) expect(await stores[2]?.list({ allVersions: true })).toHaveLength(3);
    });

    test("equal concurrent calls share one run", async () => {
      const store = rig.open();
      const records = await Promise.all([1, 2, 3].map(() => store.runOrRetrieve({ n: 1 }, rig.runner)));
      expect(rig.ran).toHaveLength(1);
      expect(new Set(records.map(({ createdAt }) => createdAt)).size).toBe(1);
    });

    describe("a runner that fails leaves no record", () => {
      const cause = new Error("diverged");
      test.each<
        readonly [string, (params: object, context: { outputDir: string; resultFile: string }) => unknown, object]
      >([
        [
          "it throws",
          () => {
            throw cause;
          },
          { code: "ERR_RUNCACHE_RUN_FAILED", cause, params: { n: 1 } },
        ],
        ["it rejects", () => Promise.reject(cause), { code: "ERR_RUNCACHE_RUN_FAILED", cause, params: { n: 1 } }],
        ["it writes nothing", () => undefined, { code: "ERR_RUNCACHE_NO_RESULT", params: { n: 1 } }],
        [
          "it writes elsewhere",
          (_, { outputDir }) => {
            writeFileSync(path.join(outputDir, "other.txt"), "");
          },
          { code: "ERR_RUNCACHE_NO_RESULT", message: expect.stringContaining("it wrote other.txt") as string },
        ],
      ])("%s", async (_, runner, expected) => {
        const store = rig.open();
        await expect(store.runOrRetrieve({ n: 1 }, runner as never)).rejects.toMatchObject(expected);
        expect([await store.count(), await store.retrieve({ n: 1 })]).toEqual([0, null]);
        expect(readdirSync(path.join(store.dir, ".incoming"))).toEqual([]);
        await store.runOrRetrieve({ n: 1 }, rig.runner);
        expect(rig.ran).toHaveLength(1);
      });
    });

    test("an aborted run leaves no record and rejects with the reason", async () => {
      const store = rig.open();
      const controller = new AbortController();
      const reason = new Error("enough");
      const run = store.runOrRetrieve({ n: 1 }, () => controller.abort(reason), { signal: controller.signal });
      await expect(run).rejects.toBe(reason);
      expect(await store.count()).toBe(0);
    });

    test("run replaces the record; with keep both stay, as replicates", async () => {
      const store = rig.open();
      const first = await store.run({ n: 1 }, rig.runner, { metadata: { take: 1 } });
      const second = await store.run({ n: 1 }, rig.runner, { metadata: { take: 2 } });
      expect(second.id).toBe(first.id);
      const third = await store.run({ n: 1 }, rig.runner, { keep: true });
      const kept = await Promise.all([1, 2].map(() => store.run({ n: 1 }, rig.runner, { keep: true })));
      expect([third, ...kept].map(({ replicate }) => replicate).sort()).toEqual([1, 2, 3]);
      expect(rig.ran).toHaveLength(5);
      expect((await store.retrieve({ n: 1 }))?.metadata).toEqual({ take: 2 });
      expect(await store.count()).toBe(4);
      expect(await store.list({ where: { replicate: { gt: 0 } } })).toHaveLength(3);
    });

    describe("typed columns", () => {
      const columns = {
        n: integer(),
        dt: real(),
        method: text<"euler" | "rk4">(),
        tags: json<string[]>({ optional: true }),
      };

      test("are fields of the record, in TypeScript and in truth", async () => {
        const store = rig.open({ columns });
        const record = await store.runOrRetrieve(
          { n: 1, dt: 0.5, method: "rk4", tags: ["a"], more: 1 },
          (params, context) => {
            expectTypeOf(params.n).toEqualTypeOf<number>();
            rig.runner(params, context);
          },
        );
        expectTypeOf(record.n).toEqualTypeOf<number>();
        expectTypeOf(record.method).toEqualTypeOf<"euler" | "rk4">();
        expectTypeOf(record.tags).toEqualTypeOf<string[] | null>();
        expectTypeOf(record).toExtend<RunRecord<typeof columns>>();
        // @ts-expect-error it is no column
        expect(record.more).toBeUndefined();
        expect(record).toMatchObject({ n: 1, dt: 0.5, method: "rk4", tags: ["a"] });
        const [listed] = await store.list({ where: { method: "rk4", tags: ["a"] } });
        expect(listed).toEqual(record);
        expect((await store.runOrRetrieve({ n: 2, dt: 1, method: "euler" }, rig.runner)).tags).toBeNull();
      });

      test.each<readonly [string, object, string]>([
        ["a fraction for an integer", { n: 1.5, dt: 1, method: "rk4" }, "params.n is 1.5"],
        ["text for a real", { n: 1, dt: "1", method: "rk4" }, 'params.dt is "1"'],
        ["nothing for text", { n: 1, dt: 1 }, "params.method is missing"],
        ["infinity for a real", { n: 1, dt: Infinity, method: "rk4" }, "params.dt is Infinity"],
      ])("refuse %s before anything runs", async (_, params, words) => {
        const store = rig.open({ columns });
        const run = store.runOrRetrieve(params as never, rig.runner);
        await expect(run).rejects.toMatchObject({
          code: "ERR_RUNCACHE_COLUMN",
          message: expect.stringContaining(words) as string,
        });
        expect(rig.ran).toEqual([]);
      });

      test("that are declared later have the values of earlier runs", async () => {
        await rig.open().runOrRetrieve({ n: 1, dt: 0.5 }, rig.runner);
        await rig.open().runOrRetrieve({ n: "many" }, rig.runner);
        const store = rig.open({ columns: { n: integer(), dt: real({ optional: true }) } });
        expect((await store.list({ orderBy: "n" })).map(({ n, dt }) => [n, dt])).toEqual([
          [1, 0.5],
          [null, null],
        ]);
      });

      test.each(["id", "params", "metadata", "1st", "a-b", ""])("cannot be called %j", (name) => {
        expect(() => rig.open({ columns: { [name]: integer() } })).toThrow(
          expect.objectContaining({ code: "ERR_RUNCACHE_COLUMN_NAME" }),
        );
      });
    });

    describe("list", () => {
      test("filters, orders and pages", async () => {
        const store = rig.open({ columns: { n: integer() } });
        await store.sweep(
          [3, 1, 2].map((n) => ({ n, solver: { tol: 10 ** -n } })),
          rig.runner,
        );
        expect((await store.list({ orderBy: "-n", limit: 2 })).map(({ n }) => n)).toEqual([3, 2]);
        expect((await store.list({ orderBy: "n", offset: 1 })).map(({ n }) => n)).toEqual([2, 3]);
        expect(
          (await store.list({ where: { solver: { tol: { lt: 0.05 } } }, orderBy: "n" })).map(({ n }) => n),
        ).toEqual([2, 3]);
        expect(await store.count({ n: { in: [1, 2, 9] } })).toBe(2);
      });

      test("a misspelt parameter is told, with the nearest; one that some runs have is not", async () => {
        const store = rig.open({ columns: { method: text() } });
        await store.runOrRetrieve({ method: "rk4", steps: 5 }, rig.runner);
        const ask = (where: object): unknown => store.list({ where });
        for (const [where, nearest] of [
          [{ metod: "rk4" }, "method"],
          [{ step: 5 }, "steps"],
          [{ createAt: 1 }, "createdAt"],
        ] as const) {
          await expect(ask(where)).rejects.toMatchObject({
            code: "ERR_RUNCACHE_WHERE",
            message: expect.stringContaining(`did you mean ${nearest}?`) as string,
          });
          await expect(store.count(where)).rejects.toThrow("did you mean");
        }
        expect(await ask({ steps: 6 })).toEqual([]);
        expect(await ask({ step: { exists: true } })).toEqual([]);
        await expect(store.list({ orderBy: "-step" })).rejects.toThrow("orderBy: no run of sim has");
        await expect(store.list({ were: {} } as object)).rejects.toThrow("where");
      });
    });

    describe("files are the truth", () => {
      test("a result that was changed or removed is not served", async () => {
        const store = rig.open();
        const { resultFile } = await store.runOrRetrieve({ n: 1 }, rig.runner);
        rmSync(resultFile);
        expect(await store.retrieve({ n: 1 })).toBeNull();
        await store.runOrRetrieve({ n: 1 }, rig.runner);
        expect(rig.ran).toHaveLength(2);
        rmSync(path.dirname(resultFile), { recursive: true });
        expect((await store.sweep([{ n: 1 }], rig.runner)).runs).toBe(1);
        expect(existsSync(resultFile)).toBe(true);
      });

      test("a run that the index does not have is found, and indexed", async () => {
        const store = rig.open();
        const made = await store.runOrRetrieve({ n: 1 }, rig.runner);
        await store.close();
        rmSync(path.join(store.dir, ".index"), { recursive: true });
        const again = rig.open({ index: memoryIndex });
        expect((await again.sweep([{ n: 1 }], rig.runner)).hits).toBe(1);
        expect(await again.list()).toEqual([made]);
      });

      if (kind.isFile)
        test("a missing index is rebuilt, with one warning", async () => {
          const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
          await rig.open().sweep(
            [1, 2, 3].map((n) => ({ n })),
            rig.runner,
          );
          rmSync(path.join(rig.open().dir, ".index"), { recursive: true });
          const store = rig.open();
          expect([await store.count(), await store.count()]).toEqual([3, 3]);
          expect(warn.mock.calls.map(([, options]) => options)).toMatchObject([{ code: "RUNCACHE_INDEX_REBUILT" }]);
        });

      if (kind.name === "jsonl")
        test("a damaged index is rebuilt, with one warning, also while the store is open", async () => {
          const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
          const store = rig.open({ name: "damaged" });
          await store.sweep(
            [1, 2, 3].map((n) => ({ n })),
            rig.runner,
          );
          const file = path.join(store.dir, ".index", "damaged.jsonl");
          writeFileSync(file, readFileSync(file, "utf8").replace('"n":2', '"n":7'));
          expect(readFileSync(file, "utf8")).toContain('"n":7');
          expect((await store.list({ orderBy: "n" })).map(({ params }) => params["n"])).toEqual([1, 2, 3]);
          expect(warn).toHaveBeenCalledTimes(1);
          expect(await rig.open({ name: "damaged" }).count()).toBe(3);
        });

      test("an index that cannot be used loses no run: one in memory serves, with one warning", async () => {
        const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
        const broken = {
          ...memoryIndex({ dir: "", name: "", columns: {} }),
          open: () => Promise.reject(new Error("no such server")),
        };
        const store = rig.open({ name: "broken", index: () => broken as never });
        await store.runOrRetrieve({ n: 1 }, rig.runner);
        await store.runOrRetrieve({ n: 2 }, rig.runner);
        expect(await store.count()).toBe(2);
        expect(warn.mock.calls.map(([, options]) => options)).toMatchObject([{ code: "RUNCACHE_INDEX_UNUSABLE" }]);
        expect(await rig.open({ name: "broken" }).rebuildIndex()).toBe(2);
      });

      test("a wrong condition is the caller's fault, and not that of the index", async () => {
        const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
        const store = rig.open({ name: "asked", columns: { n: integer() } });
        const made = await store.runOrRetrieve({ n: 1 }, rig.runner);
        for (const options of [{ where: { n: { lth: 1 } } }, { limit: -1 }])
          await expect(store.list(options)).rejects.toMatchObject({ code: "ERR_RUNCACHE_WHERE" });
        expect(await store.list()).toEqual([made]);
        expect(warn).not.toHaveBeenCalled();
      });

      test("entries of other tools in the same cache are no runs", async () => {
        const store = rig.open();
        await openCache(store.dir).compute({ tool: { id: "1", name: "sim" } }, () => 1);
        await store.runOrRetrieve({ n: 1 }, rig.runner);
        expect(await store.rebuildIndex()).toBe(1);
      });
    });

    describe("delete", () => {
      test("by params keeps the file, unless it is asked to remove it", async () => {
        const store = rig.open();
        const kept = await store.runOrRetrieve({ n: 1 }, rig.runner);
        const gone = await store.runOrRetrieve({ n: 2 }, rig.runner);
        expect([await store.delete({ n: 1 }), await store.delete({ n: 1 }), await store.delete({ n: 9 })]).toEqual([
          true,
          false,
          false,
        ]);
        expect(await store.delete({ n: 2 }, { removeFile: true })).toBe(true);
        expect([existsSync(kept.resultFile), existsSync(gone.resultFile)]).toEqual([true, false]);
        expect([await store.count(), await store.retrieve({ n: 1 })]).toEqual([0, null]);
        await store.runOrRetrieve({ n: 1 }, rig.runner);
        expect(rig.ran).toHaveLength(3);
      });

      test("by id, also a short one", async () => {
        const store = rig.open();
        const [one, two] = (await store.sweep([{ n: 1 }, { n: 2 }], rig.runner)).records;
        expect(await store.delete(one?.id ?? "")).toBe(true);
        expect(await store.delete(two?.shortId ?? "")).toBe(true);
        expect(await store.delete("0".repeat(64))).toBe(false);
        await expect(store.delete("n=1")).rejects.toMatchObject({ code: "ERR_RUNCACHE_RUN_ID" });
      });

      test("also takes what is left of runs whose result, or all of whose entry, is gone", async () => {
        const store = rig.open();
        const [one, two] = (await store.sweep([{ n: 1 }, { n: 2 }], rig.runner)).records;
        rmSync(one?.resultFile ?? "");
        rmSync(path.dirname(two?.resultFile ?? ""), { recursive: true });
        expect([await store.delete({ n: 1 }), await store.delete({ n: 2 })]).toEqual([true, true]);
        expect([await store.count(), await store.delete({ n: 1 }), await store.delete({ n: 2 })]).toEqual([
          0,
          false,
          false,
        ]);
      });

      test("takes no run of another store", async () => {
        const store = rig.open();
        const { id } = await rig.open({ name: "other" }).runOrRetrieve({ n: 1 }, rig.runner);
        expect(await store.delete(id)).toBe(false);
        expect(await rig.open({ name: "other" }).retrieve({ n: 1 })).not.toBeNull();
      });
    });
  });

test.each<readonly [string, object, string]>([
  ["an option that nobody knows", { sufix: ".h5" }, "ERR_RUNCACHE_UNKNOWN_OPTION"],
  ["a name that leaves the directory", { name: "../x" }, "ERR_RUNCACHE_STORE_OPTION"],
  ["a suffix with a slash", { fileSuffix: "/x" }, "ERR_RUNCACHE_STORE_OPTION"],
  ["an empty version", { version: "" }, "ERR_RUNCACHE_STORE_OPTION"],
  ["no digits", { floatDigits: 0 }, "ERR_RUNCACHE_FLOAT_DIGITS"],
  ["no name", { name: undefined }, "ERR_RUNCACHE_STORE_OPTION"],
  ["an index that is none", { index: "sqlite" }, "ERR_RUNCACHE_STORE_OPTION"],
  ["a column that is none", { columns: { n: "integer" } }, "ERR_RUNCACHE_COLUMN"],
])("a store refuses %s", (_, options, code) => {
  expect(() => new RunStore({ dir: "never-made", name: "sim", ...options })).toThrow(expect.objectContaining({ code }));
  expect(RunError.prototype.name).toBe("RunError");
});

describe("a misspelt option is refused before anything runs or goes away", () => {
  test.each<readonly [string, (store: RunStore, runner: RunsRig["runner"]) => Promise<unknown>, string]>([
    ["run", (store, runner) => store.run({ n: 1 }, runner, { kep: true } as object), "did you mean keep?"],
    ["runOrRetrieve", (store, runner) => store.runOrRetrieve({ n: 2 }, runner, { metdata: {} } as object), "metadata?"],
    ["delete", (store) => store.delete({ n: 1 }, { removFile: true } as object), "did you mean removeFile?"],
    [
      "a runner module",
      (store) => store.sweep([{ n: 2 }], { module: "x", exprt: "sim" } as object as never),
      "export?",
    ],
  ])("%s", async (_, act, message) => {
    const rig = await makeRunsRig();
    try {
      const store = rig.open();
      const { id } = await store.runOrRetrieve({ n: 1 }, rig.runner);
      const acted = act(store, rig.runner);
      await expect(acted).rejects.toMatchObject({ code: "ERR_RUNCACHE_UNKNOWN_OPTION" });
      await expect(acted).rejects.toThrow(message);
      expect(rig.ran).toEqual([{ n: 1 }]);
      expect((await store.list()).map((record) => record.id)).toEqual([id]);
    } finally {
      await rig[Symbol.asyncDispose]();
    }
  });
});
