// @ts-check
// The same work in caches of a thousand, a hundred thousand and a million entries.
import { rmSync } from "node:fs";
import path from "node:path";
import { CachingRunner, openCache } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { fillCache } from "../lib/fill-cache.mjs";
import { makeFile, makeTool, METADATA } from "../lib/fixtures.mjs";
import { pairs, ratios, timed, timedAsync } from "../lib/pairs.mjs";
import { benchTool } from "../lib/wrapper.mjs";

export const rows = [
  { id: "hit-scale", title: "the same hit at 10⁶ entries against 10³", target: { most: 1.2 } },
  { id: "miss-scale", title: "miss at 10⁶ entries against 10³", target: { most: 1.2 } },
  { id: "walk-scale", title: "walk over all entries, time an entry: 10⁶ entries against 10³" },
];

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const [few, some, many] = smoke ? [10, 30, 100] : [1_000, 100_000, 1_000_000];
  const sizes = [few, some, many];
  const tool = makeTool(path.join(dir, "bin"));
  const input = makeFile(path.join(dir, "input.bin"), 2 ** 20);
  const caches = await Promise.all(sizes.map((size) => makeCache(path.join(dir, `cache-${size}`), size)));
  const [small, , large] = /** @type {[Scaled, Scaled, Scaled]} */ (caches);

  const hitRounds = smoke ? 10 : 500;
  const hits = (/** @type {Scaled} */ { runner }) => {
    const call = () => benchTool({ input }, { runner, tool: METADATA.name });
    call();
    return () => repeat(hitRounds, call);
  };
  const hit = await pairs(hits(large), hits(small), { count, warmups: 2 });
  expect("runs of the tool", tool.runs(), 2);

  const missRounds = smoke ? 2 : 20;
  const misses =
    (/** @type {Scaled} */ { runner }) =>
    () =>
      repeat(missRounds, (round) => miss(runner, round));
  const missed = await pairs(misses(large), misses(small), { count });
  expect("stored entries", large.runner.counters.stored, 2 + missRounds * (count + 1));

  const walks =
    (/** @type {Scaled} */ { cacheDir, size }) =>
    async () => {
      let entries = 0;
      const ms = await timedAsync(async () => {
        for await (const entry of openCache(cacheDir).entries()) if (entry.key !== undefined) entries++;
      });
      expect("entries", entries >= size, true);
      return ms / entries;
    };
  const walk = await pairs(walks(large), walks(small), { count: smoke ? 1 : count, warmups: 0 });
  for (const { cacheDir } of caches) rmSync(cacheDir, { recursive: true });
  return [
    { id: "hit-scale", values: ratios(hit.a, hit.b), figures: figures(hit, hitRounds) },
    { id: "miss-scale", values: ratios(missed.a, missed.b), figures: figures(missed, missRounds) },
    { id: "walk-scale", values: ratios(walk.a, walk.b), figures: figures(walk, 1) },
  ];
}

/** @typedef {{ cacheDir: string, size: number, runner: CachingRunner }} Scaled */

/**
 * @param {string} cacheDir
 * @param {number} size
 * @returns {Promise<Scaled>}
 */
async function makeCache(cacheDir, size) {
  const base = new LocalRunner({ dataDir: `${cacheDir}-runs` });
  const runner = new CachingRunner({ base, cacheDir, policy: { durability: "none" } });
  const { outputDir } = await runner.exec({ id: "1", name: "cp" }, (io) => ["cp", "/dev/null", io.output("out.txt")]);
  fillCache({ cacheDir, template: outputDir, count: size });
  return { cacheDir, size, runner };
}

let calls = 0;

/**
 * @param {CachingRunner} runner
 * @param {number} round
 */
function miss(runner, round) {
  const execution = runner.startExecution({ id: "1", name: "true", package: "bench" });
  execution.params({ call: calls++, round });
  execution.outputFile(".");
  execution.run(["true"]);
}

/**
 * Milliseconds of all rounds together.
 * @param {number} rounds
 * @param {(round: number) => unknown} work
 */
function repeat(rounds, work) {
  return timed(() => {
    for (let round = 0; round < rounds; round++) work(round);
  });
}

/**
 * Microseconds a call.
 * @param {{ a: number[], b: number[] }} times
 * @param {number} rounds
 */
function figures({ a, b }, rounds) {
  const each = (/** @type {number[]} */ times) => times.map((ms) => (ms * 1000) / rounds);
  return [
    { name: "10⁶", unit: "µs", values: each(a) },
    { name: "10³", unit: "µs", values: each(b) },
  ];
}
