import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openCache, type ComputeContext } from "@runcache/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { makeRig, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const tool = { id: "1", name: "simulate" };

function counted<T>(fn: (context: ComputeContext) => T): { fn: (context: ComputeContext) => T; calls: () => number } {
  let calls = 0;
  return { fn: (context) => (calls++, fn(context)), calls: () => calls };
}

test("a function runs once: its files, its value and its log are there again on a hit", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  const { fn, calls } = counted(({ outputDir, input, log }) => {
    writeFileSync(path.join(outputDir, "result.txt"), readFileSync(input("mesh"), "utf8").toUpperCase());
    log("done");
    return { energy: 1.5, steps: [1, 2] };
  });
  const call = { tool, params: { dt: 0.1 }, inputs: { mesh: rig.temp.join("data/in.txt") } };
  const miss = await cache.compute(call, fn);
  const hit = await cache.compute(call, fn);
  expect([miss.status, hit.status, calls()]).toEqual(["miss", "hit", 1]);
  for (const result of [miss, hit]) {
    expect(result.value).toEqual({ energy: 1.5, steps: [1, 2] });
    expect(result.log()).toBe("done\n");
    expect(readFileSync(result.output("result.txt"), "utf8")).toBe("ONE\n");
  }
});

test("other parameters, other inputs, another version or extra are other computations", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  const { fn, calls } = counted(() => 1);
  const mesh = rig.temp.join("data/in.txt");
  const call = { tool, params: { dt: 0.1 }, inputs: { mesh } };
  const variants = [
    call,
    { ...call, params: { dt: 0.2 } },
    { ...call, inputs: { other: mesh } },
    { ...call, extra: 1 },
  ];
  for (const variant of [...variants, { ...call, tool: { ...tool, id: "2" } }]) {
    expect((await cache.compute(variant, fn)).status).toBe("miss");
    expect((await cache.compute(variant, fn)).status).toBe("hit");
  }
  expect(calls()).toBe(5);
});

test("an explanation that is asked for late is that of its own moment", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  const misses = [];
  for (const dt of [0.1, 0.2, 0.3]) misses.push(await cache.compute({ tool, params: { dt } }, () => dt));
  expect(misses.map(({ explanation }) => explanation)).toEqual([
    "first run of function/simulate",
    "params.dt 0.1 → 0.2",
    "params.dt 0.2 → 0.3",
  ]);
});

test("equal concurrent computations share one call; its error reaches all and leaves nothing", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  const good = counted(async () => Promise.resolve(7));
  const results = await Promise.all([1, 2, 3].map(() => cache.compute({ tool }, good.fn)));
  expect(results.map(({ value }) => value)).toEqual([7, 7, 7]);
  expect(good.calls()).toBe(1);
  const failure = new Error("diverged");
  const bad = counted(() => Promise.reject(failure));
  const ends = await Promise.allSettled([1, 2].map(() => cache.compute({ tool: { ...tool, id: "2" } }, bad.fn)));
  expect(ends).toEqual([1, 2].map(() => ({ status: "rejected", reason: failure })));
  expect(bad.calls()).toBe(1);
  expect(readdirSync(path.join(rig.cacheDir, ".incoming"))).toEqual([]);
});

test("a value that is not JSON is refused, and nothing is kept", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  const { fn, calls } = counted(() => ({ when: new Date(0) }));
  for (const attempt of [1, 2]) {
    await expect(cache.compute({ tool }, fn)).rejects.toMatchObject({ code: "ERR_RUNCACHE_NOT_ENCODABLE" });
    expect(calls()).toBe(attempt);
  }
});

test("refresh runs again and replaces the entry", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  let value = 0;
  const next = (): number => ++value;
  await cache.compute({ tool }, next);
  expect(await cache.compute({ tool }, next, { refresh: true })).toMatchObject({ status: "miss", value: 2 });
  expect(await cache.compute({ tool }, next)).toMatchObject({ status: "hit", value: 2 });
});

test("the key of a computation is known before it runs, and names the entry that it makes", async () => {
  const cache = openCache(rig.cacheDir, { create: true, policy: { ignoreParams: { "function/simulate": ["extra"] } } });
  const mesh = rig.temp.join("data/in.txt");
  for (const call of [
    { tool },
    { tool: { ...tool, package: "runs" }, params: { dt: 0.1, path: mesh }, inputs: { mesh }, extra: { n: 1 } },
    { tool, params: { $odd: [NaN] }, extra: "left out" },
  ]) {
    const key = cache.keyOf(call);
    expect(cache.get(key)).toBeNull();
    expect(cache.touch(key)).toBe(false);
    const { key: made, outputDir } = await cache.compute(call, () => 1);
    expect([made, outputDir]).toEqual([key, cache.placeOf(key)]);
    expect(cache.touch(key)).toBe(true);
  }
});

test("a detached result keeps its files, and the next equal call runs and replaces them", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  const { fn, calls } = counted(({ outputDir }) => writeFileSync(path.join(outputDir, "a.txt"), "a"));
  const { key, output } = await cache.compute({ tool }, fn);
  expect([cache.detach(key ?? ""), cache.detach(key ?? "")]).toEqual([true, false]);
  expect(readFileSync(output("a.txt"), "utf8")).toBe("a");
  expect((await cache.compute({ tool }, fn)).status).toBe("miss");
  expect((await cache.compute({ tool }, fn)).status).toBe("hit");
  expect(calls()).toBe(2);
});

test("a new run that is asked for in a cache that is only read is delivered, and changes nothing there", async () => {
  const cache = openCache(rig.cacheDir, { create: true });
  let n = 0;
  const call = { tool, params: {} };
  await cache.compute(call, () => ++n);
  vi.stubEnv("RUNCACHE", "read-only");
  const again = await cache.compute(call, () => ++n, { refresh: true });
  const then = await cache.compute(call, () => ++n);
  vi.unstubAllEnvs();
  expect([again.value, again.stored, then.status, then.value]).toEqual([2, false, "hit", 1]);
});
