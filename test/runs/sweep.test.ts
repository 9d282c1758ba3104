import { setImmediate } from "node:timers/promises";
import { expandGrid, RunError, type ProgressEvent } from "@runcache/runs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeRunsRig, type RunsRig } from "./rig.js";

let rig: RunsRig;

beforeEach(async () => {
  rig = await makeRunsRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const GRID = expandGrid({ n: [1, 2, 3, 4, 5, 6], dt: [0.1, 0.2] });

test("a sweep runs only what was never run, and gives the records in the order of the grid", async () => {
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

test("points of the grid that are equal run once", async () => {
  const store = rig.open();
  const { records } = await store.sweep([{ x: 0.3 }, { x: 0.1 + 0.2 }, { x: 0.3 }], rig.runner, { concurrency: 3 });
  expect([records.length, rig.ran.length]).toEqual([3, 1]);
});

test("a grid is read as it is run: an endless one does no harm until it is stopped", async () => {
  const controller = new AbortController();
  let made = 0;
  function* endless(): Generator<{ n: number }> {
    for (;;) yield { n: made++ };
  }
  const sweep = rig.open().sweep(endless(), rig.runner, {
    signal: controller.signal,
    collect: false,
    onRecord: (_, index) => index === 20 && controller.abort("enough"),
  });
  await expect(sweep).rejects.toBe("enough");
  expect(rig.ran).toHaveLength(21);
  expect(made).toBeLessThan(2000);
});

test("no more runs than the concurrency are under way at once, and as many", async () => {
  let [now, most] = [0, 0];
  await rig.open().sweep(
    GRID,
    async (params, context) => {
      most = Math.max(most, ++now);
      while (most < 3) await setImmediate();
      rig.runner(params, context);
      now--;
    },
    { concurrency: 3 },
  );
  expect(most).toBe(3);
});

test("the first failure stops the sweep; what ended before is recorded", async () => {
  const store = rig.open();
  const failing = store.sweep(GRID, (params, context) => {
    if (params.n === 3) throw new Error("diverged");
    rig.runner(params, context);
  });
  await expect(failing).rejects.toMatchObject({ code: "ERR_RUNCACHE_RUN_FAILED", params: { n: 3, dt: 0.1 } });
  expect([rig.ran.length, await store.count()]).toEqual([4, 4]);
});

test("with onError continue, failures are reported at the end", async () => {
  const store = rig.open();
  const { records, failures, runs } = await store.sweep(
    GRID,
    (params, context) => {
      if (params.n === 3) throw new Error("diverged");
      rig.runner(params, context);
    },
    { onError: "continue", concurrency: 2 },
  );
  expect([records.length, runs, await store.count()]).toEqual([10, 10, 10]);
  expect(failures.every((failure) => failure instanceof RunError)).toBe(true);
  expect(failures.map(({ params }) => params["dt"]).sort()).toEqual([0.1, 0.2]);
});

test("params that cannot be a key stop the sweep whatever onError says", async () => {
  const sweep = rig.open().sweep([{ n: 1 }, { n: new Date(0) }], rig.runner, { onError: "continue" });
  await expect(sweep).rejects.toMatchObject({ code: "ERR_RUNCACHE_NOT_ENCODABLE" });
});

test("an aborted sweep leaves every finished run recorded, and runs only the rest when started again", async () => {
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

test("progress tells counts, the rate and the time left, and ends with the end", async () => {
  const events: ProgressEvent[] = [];
  await rig.open().sweep(GRID, rig.runner, { progress: (event) => events.push(event) });
  const [first, last] = [events[0], events.at(-1)];
  expect(first).toMatchObject({ done: 1, total: 12, isEnd: false });
  expect(first?.secondsLeft).toBeGreaterThan(0);
  expect(last).toMatchObject({ done: 12, hits: 0, runs: 12, failures: 0, secondsLeft: 0, isEnd: true });
  expect(events.filter(({ isEnd }) => isEnd)).toHaveLength(1);
});

test("a plan says what is there, what is missing and what that would cost, and runs nothing", async () => {
  const store = rig.open();
  expect(await store.plan(GRID)).toEqual({ total: 12, present: 0, missing: 12, repeated: 0, estimatedSeconds: null });
  await store.register({ n: 1, dt: 0.1 }, await source(), { elapsedSeconds: 3 });
  await store.register({ n: 2, dt: 0.1 }, await source(), { elapsedSeconds: 5 });
  expect(await store.plan([...GRID, { n: 1, dt: 0.1 }])).toEqual({
    total: 13,
    present: 2,
    missing: 10,
    repeated: 1,
    estimatedSeconds: 40,
  });
  expect(rig.ran).toEqual([]);
});

test.each([{ concurrency: 0 }, { onError: "ignore" }, { concurency: 2 }])("%j is refused", async (options) => {
  await expect(rig.open().sweep(GRID, rig.runner, options as never)).rejects.toMatchObject({ name: "UsageError" });
});

async function source(): Promise<string> {
  const { writeFile } = await import("node:fs/promises");
  const file = rig.temp.join("source.dat");
  await writeFile(file, "data");
  return file;
}
