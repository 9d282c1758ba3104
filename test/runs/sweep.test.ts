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

test("progress tells counts, the rate and the time left, and ends with the end", async () => {
  const events: ProgressEvent[] = [];
  await rig.open().sweep(GRID, rig.runner, { progress: (event) => events.push(event) });
  const [first, last] = [events[0], events.at(-1)];
  expect(first).toMatchObject({ done: 1, total: 12, isEnd: false });
  expect(first?.secondsLeft).toBeGreaterThan(0);
  expect(last).toMatchObject({ done: 12, hits: 0, runs: 12, failures: 0, secondsLeft: 0, isEnd: true });
  expect(events.filter(({ isEnd }) => isEnd)).toHaveLength(1);
});

test.each([null, 3, { n: [1, 2] }, "n=1"])("a grid that is %j is refused", async (grid) => {
  await expect(rig.open().sweep(grid as never, rig.runner)).rejects.toMatchObject({ code: "ERR_RUNCACHE_GRID" });
  await expect(rig.open().plan(grid as never)).rejects.toMatchObject({ code: "ERR_RUNCACHE_GRID" });
});

test.each([{ concurrency: 0 }, { onError: "ignore" }, { concurency: 2 }])("%j is refused", async (options) => {
  await expect(rig.open().sweep(GRID, rig.runner, options as never)).rejects.toMatchObject({ name: "UsageError" });
});
