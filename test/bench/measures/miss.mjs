// @ts-check
// What the cache adds to a run: locks and supervisor on, nothing flushed, the process warm.
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { pairs, ratios, timed } from "../lib/pairs.mjs";

export const rows = [
  {
    id: "miss",
    title: "miss of a tool that does nothing, against spawning it plainly with the same runner",
    target: { most: 2.0 },
  },
];

const METADATA = { id: "1", name: "true", package: "bench" };

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const rounds = smoke ? 2 : 25;
  const base = new LocalRunner({ dataDir: path.join(dir, "runs") });
  const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache"), policy: { durability: "none" } });
  let call = 0;
  const one = (/** @type {import("@runcache/core").Runner} */ chosen) => {
    const execution = chosen.startExecution(METADATA);
    execution.params({ call: call++ });
    execution.outputFile(".");
    execution.run(["true"]);
  };
  const times = (/** @type {import("@runcache/core").Runner} */ chosen) => () =>
    timed(() => {
      for (let round = 0; round < rounds; round++) one(chosen);
    }) / rounds;
  const { a: misses, b: plain } = await pairs(times(runner), times(base), { count, warmups: 2 });
  expect("stored entries", runner.counters.stored, (count + 2) * rounds);
  return [
    {
      id: "miss",
      values: ratios(misses, plain),
      figures: [
        { name: "miss", unit: "ms", values: misses },
        { name: "plain run", unit: "ms", values: plain },
      ],
    },
  ];
}
