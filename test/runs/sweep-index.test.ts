import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expandGrid, integer } from "@runcache/runs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { indexKinds, type MadeIndex } from "./index-kinds.js";
import { makeRunsRig, type RunsRig } from "./rig.js";
import { LONG, makeModule, notedRuns, points } from "./runner-modules.js";

const PROGRAM = fileURLToPath(new URL("sweep-program.mjs", import.meta.url));
const GRID = expandGrid({ n: [1, 2, 3, 4, 5, 6], dt: [0.1, 0.2] });

for (const kind of indexKinds)
  describe.skipIf(kind.isMissing)(`a sweep with an index in ${kind.name}`, () => {
    let rig: RunsRig;
    let indexes: MadeIndex;

    beforeEach(async () => {
      indexes = kind.make();
      rig = await makeRunsRig(indexes);
    });

    afterEach(async () => {
      vi.restoreAllMocks();
      await rig[Symbol.asyncDispose]();
    });

    test("runs only what was never run, and gives the records in the order of the grid", async () => {
      const store = rig.open();
      await store.runOrRetrieve({ n: 3, dt: 0.2 }, rig.runner);
      const cold = await store.sweep(GRID, rig.runner, { concurrency: 4, metadata: { batch: 7 } });
      expect([cold.hits, cold.runs, rig.ran.length]).toEqual([1, 11, 12]);
      expect(cold.records.map(({ params }) => params)).toEqual([...GRID]);
      expect(cold.records.filter(({ metadata }) => metadata["batch"] === 7)).toHaveLength(11);
      const warm = await rig.open().sweep(GRID, rig.runner);
      expect([warm.hits, warm.runs, rig.ran.length]).toEqual([12, 0, 12]);
      expect(warm.records).toEqual(cold.records);
      expect(await store.count()).toBe(12);
    });

    test("lists what it has run while it goes on", async () => {
      const store = rig.open();
      const counts: number[] = [];
      const now = performance.now.bind(performance);
      let laterMs = 0;
      vi.spyOn(performance, "now").mockImplementation(() => now() + laterMs);
      await store.sweep([{ n: 1 }, { n: 2 }, { n: 3 }], async (params, context) => {
        counts.push(await store.count());
        laterMs += 1000; // a run that takes its time
        rig.runner(params, context);
      });
      expect(counts).toEqual([0, 1, 2]);
    });

    test("stops at the first failure; what ended before is recorded", async () => {
      const store = rig.open();
      const failing = store.sweep(GRID, (params, context) => {
        if (params.n === 3) throw new Error("diverged");
        rig.runner(params, context);
      });
      await expect(failing).rejects.toMatchObject({ code: "ERR_RUNCACHE_RUN_FAILED", params: { n: 3, dt: 0.1 } });
      expect([rig.ran.length, await store.count()]).toEqual([4, 4]);
    });

    test("that is aborted leaves every finished run recorded, and runs only the rest when started again", async () => {
      const store = rig.open();
      const controller = new AbortController();
      const reason = new Error("power");
      const aborted = store.sweep(GRID, rig.runner, {
        signal: controller.signal,
        onRecord: (_, index) => index === 4 && controller.abort(reason),
      });
      await expect(aborted).rejects.toBe(reason);
      expect(await store.count()).toBe(5);
      const rest = await store.sweep(GRID, rig.runner);
      expect([rest.hits, rest.runs]).toEqual([5, 7]);
    });

    test("is planned: what is there, what is missing and what that would cost; nothing runs", async () => {
      const store = rig.open();
      const source = rig.temp.join("source.dat");
      writeFileSync(source, "data");
      expect(await store.plan(GRID)).toEqual({
        total: 12,
        present: 0,
        missing: 12,
        repeated: 0,
        estimatedSeconds: null,
      });
      await store.register({ n: 1, dt: 0.1 }, source, { elapsedSeconds: 3 });
      await store.register({ n: 2, dt: 0.1 }, source, { elapsedSeconds: 5 });
      expect(await store.plan([...GRID, { n: 1, dt: 0.1 }])).toEqual({
        total: 13,
        present: 2,
        missing: 10,
        repeated: 1,
        estimatedSeconds: 40,
      });
      expect(rig.ran).toEqual([]);
    });

    test("of many points has every one in the index, and finds every one", async () => {
      // More than are looked up at once, and several times as many as are inserted at once.
      const grid = points(1203);
      const store = rig.open({ columns: { n: integer() } });
      const cold = await store.sweep(grid, rig.runner, { concurrency: 8 });
      expect([cold.hits, cold.runs, await store.count()]).toEqual([0, 1203, 1203]);
      expect((await store.list({ where: { n: { gte: 1200 } }, orderBy: "-n" })).map(({ n }) => n)).toEqual([
        1202, 1201, 1200,
      ]);
      const warm = await store.sweep(grid, rig.runner, { collect: false });
      expect([warm.hits, warm.runs]).toEqual([1203, 0]);
    });

    test("that is killed and started again runs only what is missing", async () => {
      const runner = makeModule(rig.temp, `if (params.n >= 25 && !existsSync(file("go"))) block();`);
      const { dir } = rig.open();
      const words = [PROGRAM, dir, runner.module, "threads", "40", JSON.stringify(indexes.shared)];
      const child = spawn(process.execPath, words, { stdio: "inherit" });
      const exit = once(child, "exit");
      // Both workers are in a run that does not end: all before them are recorded.
      await expect.poll(() => notedRuns(rig.temp).filter(({ n }) => n >= 25).length, LONG).toBe(2);
      child.kill("SIGKILL");
      await exit;
      writeFileSync(rig.temp.join("go"), "");
      const store = rig.open();
      const rest = await store.sweep(points(40), runner, { workers: "threads", concurrency: 2 });
      expect([rest.hits, rest.runs, await store.count()]).toEqual([25, 15, 40]);
      const twice = points(40).filter(({ n }) => notedRuns(rig.temp).filter((run) => run.n === n).length > 1);
      expect(twice).toEqual([{ n: 25 }, { n: 26 }]);
    });
  });
