// @ts-check
// A hit whose process has seen it before, against the system calls that it cannot do without.
import { closeSync, fstatSync, lstatSync, openSync, readSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { makeFile, makeTool, METADATA } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";
import { benchTool } from "../lib/wrapper.mjs";

export const rows = [
  {
    id: "warm-hit",
    title:
      "warm hit in process: one 1 GiB input, six outputs, two streams, against a bare loop of the same system calls",
    target: { most: 2.0 },
  },
  { id: "warm-hit-size", title: "the same hit with 1 GiB against 1 KiB of input", target: { most: 1.2 } },
];

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const rounds = smoke ? 20 : 1000;
  const large = makeFile(path.join(dir, "large.bin"), smoke ? 2 ** 20 : 2 ** 30);
  const small = makeFile(path.join(dir, "small.bin"), 2 ** 10);
  const tool = makeTool(path.join(dir, "bin"));
  const runner = new CachingRunner({
    base: new LocalRunner({ dataDir: path.join(dir, "runs") }),
    cacheDir: path.join(dir, "cache"),
  });
  let lines = 0;
  const call = (/** @type {string} */ input) =>
    benchTool({ input }, { runner, tool: METADATA.name, onStdout: () => lines++, onStderr: () => lines++ });
  const { root, outputs } = call(large);
  call(small);

  const hits = (/** @type {string} */ input) => () => timed(() => repeat(rounds, () => call(input)));
  const bare = bareCalls({ dir, root, input: large, outputs });
  const against = await pairs(hits(large), () => timed(() => repeat(rounds, bare)), { count, warmups: 2 });
  const sizes = await pairs(hits(large), hits(small), { count, warmups: 2 });

  const calls = 3 * (count + 2) * rounds;
  expect("runs of the tool", tool.runs(), 2);
  expect("hits", runner.counters.hit, calls);
  expect("replayed lines", lines, 2 * (calls + 2));
  const perCall = (/** @type {number[]} */ times) => times.map((ms) => (ms * 1000) / rounds);
  return [
    {
      id: "warm-hit",
      values: ratios(against.a, against.b),
      figures: [
        { name: "hit", unit: "µs", values: perCall(against.a) },
        { name: "bare calls", unit: "µs", values: perCall(against.b) },
      ],
    },
    {
      id: "warm-hit-size",
      values: ratios(sizes.a, sizes.b),
      figures: [
        { name: "1 GiB", unit: "µs", values: perCall(sizes.a) },
        { name: "1 KiB", unit: "µs", values: perCall(sizes.b) },
      ],
    },
  ];
}

/**
 * What a hit must do at least: stat of the input; open, fstat, read and close of the manifest and of two streams; lstat
 * of six outputs; utimes.
 * @param {{ dir: string, root: string, input: string, outputs: readonly string[] }} places
 */
function bareCalls({ dir, root, input, outputs }) {
  const streams = ["stdout", "stderr"].map((name) => path.join(dir, name));
  for (const stream of streams) writeFileSync(stream, "done\n");
  const files = [path.join(root, ".runcache/manifest.json"), ...streams];
  const buffer = Buffer.allocUnsafe(64 * 1024);
  return () => {
    statSync(input);
    for (const file of files) {
      const fd = openSync(file, "r");
      fstatSync(fd);
      readSync(fd, buffer, 0, buffer.length, null);
      closeSync(fd);
    }
    for (const output of outputs) lstatSync(output);
    const now = Date.now() / 1000;
    utimesSync(root, now, now);
  };
}

/**
 * @param {number} rounds
 * @param {() => unknown} work
 */
function repeat(rounds, work) {
  for (let round = 0; round < rounds; round++) work();
}
