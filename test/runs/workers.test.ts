import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openCache, readStream } from "@runcache/core";
import { WORKER_KINDS, type RunError, type RunnerModule } from "@runcache/runs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeRunsRig, readJson, type RunsRig } from "./rig.js";
import { LONG, makeModule as makeRunnerModule, notedRuns, points } from "./runner-modules.js";

const PROGRAM = fileURLToPath(new URL("sweep-program.mjs", import.meta.url));

let rig: RunsRig;

beforeEach(async () => {
  rig = await makeRunsRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const makeModule = (body: string) => makeRunnerModule(rig.temp, body);
const ran = () => notedRuns(rig.temp);

describe.each(WORKER_KINDS)("a sweep in %s", (workers) => {
  test("runs each point once, elsewhere; again, it starts no worker", async () => {
    const store = rig.open();
    const runner = makeModule("");
    const { records, runs } = await store.sweep(points(12), runner, { workers, concurrency: 3 });
    expect(records.map(({ resultFile }) => readJson(resultFile))).toEqual(points(12));
    expect([runs, await store.count()]).toEqual([12, 12]);
    expect(
      ran()
        .map(({ n }) => n)
        .sort((a, b) => a - b),
    ).toEqual(points(12).map(({ n }) => n));
    const isHere = (run: { pid: number; thread: number }): boolean => run.pid === process.pid;
    expect(ran().every((run) => isHere(run) === (workers === "threads"))).toBe(true);
    expect(new Set(ran().map(({ pid, thread }) => `${pid} ${thread}`)).size).toBeLessThanOrEqual(3);
    const gone = { module: rig.temp.join("gone.mjs") };
    expect((await rig.open().sweep(points(12), gone, { workers })).hits).toBe(12);
  });

  test("gives the runner frozen params of every kind, a log and a result file", async () => {
    const store = rig.open();
    const { module } = makeModule(
      `context.log("n is " + params.n);
       writeFileSync(context.resultFile, [Object.isFrozen(params.deep.list), params.inf, typeof params.big].join());
       return;`,
    );
    const url = pathToFileURL(module);
    const grid = [{ n: 1, inf: -Infinity, big: 7n, deep: { list: [0.1 + 0.2, "$"] } }];
    const { records } = await store.sweep(grid, { module: url, export: "default" }, { workers });
    expect(readFileSync(records[0]?.resultFile ?? "", "utf8")).toBe("true,-Infinity,bigint");
    expect(records[0]?.params).toEqual({ n: 1, inf: -Infinity, big: 7n, deep: { list: [0.3, "$"] } });
    const entry = openCache(store.dir).get(records[0]?.id ?? "");
    expect(entry === null ? "" : readStream(entry, "stderr").toString()).toBe("n is 1\n");
  });

  test("tells a runner's error as it was thrown, with the params", async () => {
    const runner = makeModule(`if (params.n === 2) throw Object.assign(new TypeError("diverged"), { code: "E_DIV" });`);
    const sweep = rig.open().sweep(points(4), runner, { workers });
    const error: unknown = await sweep.catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_RUNCACHE_RUN_FAILED", params: { n: 2 } });
    const cause = (error as RunError).cause as Error;
    expect([cause.name, cause.message, (cause as Error & { code: string }).code]).toEqual([
      "TypeError",
      "diverged",
      "E_DIV",
    ]);
    expect(cause.stack).toContain("runner.mjs");
    expect(await rig.open().count()).toBe(2);
  });

  test("takes a worker that dies for one failed run, and goes on", async () => {
    const store = rig.open();
    const death = workers === "threads" ? "process.exit(7)" : 'process.kill(process.pid, "SIGKILL")';
    const runner = makeModule(`if (params.n === 3) { ${death}; block(); }`);
    const report = await store.sweep(points(10), runner, { workers, concurrency: 2, onError: "continue" });
    expect(report.failures.map(({ params, message }) => ({ params, message }))).toEqual([
      { params: { n: 3 }, message: expect.stringContaining("is gone: it") as string },
    ]);
    expect([report.runs, await store.count(), await store.retrieve({ n: 3 })]).toEqual([9, 9, null]);
  });

  test("leaves every finished run recorded when it is aborted, and tells the runners", async () => {
    const store = rig.open();
    const runner = makeModule(
      `if (params.n >= 4 && !existsSync(file("go"))) {
         await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
         appendFileSync(file("aborted"), params.n + "\\n");
         throw context.signal.reason;
       }`,
    );
    const controller = new AbortController();
    const reason = new Error("enough");
    const { signal } = controller;
    const sweep = store.sweep(points(8), runner, { workers, concurrency: 2, signal });
    const ended = expect(sweep).rejects.toBe(reason);
    await expect.poll(() => ran().length, LONG).toBe(6);
    controller.abort(reason);
    await ended;
    expect(readFileSync(rig.temp.join("aborted"), "utf8").split("\n").sort()).toEqual(["", "4", "5"]);
    expect(await store.count()).toBe(4);
    writeFileSync(rig.temp.join("go"), "");
    const rest = await store.sweep(points(8), runner, { workers });
    expect([rest.hits, rest.runs]).toEqual([4, 4]);
  });

  test("ends a runner that does not heed the signal", async () => {
    const controller = new AbortController();
    const sweep = rig.open().sweep(points(1), makeModule("block();"), { workers, signal: controller.signal });
    const ended = expect(sweep).rejects.toBe("enough");
    await expect.poll(() => ran().length, LONG).toBe(1);
    controller.abort("enough");
    await ended;
    expect(await rig.open().count()).toBe(0);
  });

  test("that is killed and started again runs only what is missing; no worker outlives it", async () => {
    const runner = makeModule(`if (params.n >= 25 && !existsSync(file("go"))) block();`);
    const store = rig.open();
    const words = [PROGRAM, store.dir, runner.module, workers, "40", '{"exported":"jsonlIndex"}'];
    const child = spawn(process.execPath, words, { stdio: "inherit" });
    const exit = once(child, "exit");
    // Both workers are in a run that does not end: all before them are recorded.
    await expect.poll(() => ran().filter(({ n }) => n >= 25).length, LONG).toBe(2);
    child.kill("SIGKILL");
    await exit;
    await expect.poll(() => ran().filter(({ pid }) => isAlive(pid)), LONG).toEqual([]);
    writeFileSync(rig.temp.join("go"), "");
    const rest = await store.sweep(points(40), runner, { workers, concurrency: 2 });
    expect([rest.hits, rest.runs, await store.count()]).toEqual([25, 15, 40]);
    const times = points(40).map(({ n }) => ran().filter((run) => run.n === n).length);
    expect(times).toEqual(points(40).map(({ n }) => (n === 25 || n === 26 ? 2 : 1)));
  });

  test.each<readonly [string, () => RunnerModule, string]>([
    ["a module that is not there", () => ({ module: rig.temp.join("gone.mjs") }), "gone.mjs"],
    ["an export that is not there", () => ({ ...makeModule(""), export: "simulate" }), "it has default"],
    ["an export that is no function", () => ({ ...makeModule(""), export: "number" }), "no function number"],
  ])("refuses %s, whatever onError says", async (_, runner, words) => {
    const sweep = rig.open().sweep(points(3), runner(), { workers, onError: "continue", concurrency: 2 });
    await expect(sweep).rejects.toMatchObject({
      code: "ERR_RUNCACHE_RUNNER_MODULE",
      message: expect.stringContaining(words) as string,
    });
    expect(ran()).toEqual([]);
  });
});

test.each<readonly [string, unknown, object, string]>([
  ["a function for workers", () => undefined, { workers: "threads" }, "ERR_RUNCACHE_SWEEP_OPTION"],
  ["workers of another kind", { module: "x.mjs" }, { workers: "fibres" }, "ERR_RUNCACHE_SWEEP_OPTION"],
  ["a module from the network", { module: new URL("https://example.org/x.mjs") }, {}, "ERR_RUNCACHE_RUNNER_MODULE"],
  ["no runner", {}, {}, "ERR_RUNCACHE_SWEEP_OPTION"],
])("%s is refused", async (_, runner, options, code) => {
  await expect(rig.open().sweep(points(1), runner as never, options)).rejects.toMatchObject({ code });
});

/** Whether it runs: one that nobody has waited for is dead too. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}
