// @ts-check
// A synchronous hit of a generated wrapper, against the same hit of the Python original.
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { makeFile, makeTool } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";
import { benchTool } from "../lib/wrapper.mjs";
import { startLinePeer } from "../peers/line-peer.mjs";

const TITLE = "synchronous hit of a generated wrapper against styxcache's: times as fast";

export const rows = [
  { id: "styxcache-1k", title: `${TITLE}, 1 KiB of input`, target: { least: 3 } },
  { id: "styxcache-1g", title: `${TITLE}, 1 GiB of input`, target: { least: 1000 } },
];

const SCRIPT = fileURLToPath(new URL("../peers/styxcache_hits.py", import.meta.url));

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect, peer }) {
  const python = peer("styxcache").command;
  const cases = [
    { id: "styxcache-1k", input: makeFile(path.join(dir, "small.bin"), 2 ** 10), theirRounds: 200 },
    { id: "styxcache-1g", input: makeFile(path.join(dir, "large.bin"), smoke ? 2 ** 20 : 2 ** 30), theirRounds: 1 },
  ];
  const ours = makeTool(path.join(dir, "ours"));
  const base = new LocalRunner({ dataDir: path.join(dir, "runs") });
  const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache") });
  const call = (/** @type {string} */ input) =>
    benchTool({ input }, { runner, tool: ours.path, onStdout: () => undefined, onStderr: () => undefined });
  const theirs = makeTool(path.join(dir, "theirs"));
  const original = startLinePeer(python, [SCRIPT, path.join(dir, "original"), theirs.path]);
  try {
    const results = [];
    for (const { id, input, theirRounds } of cases) {
      const rounds = smoke ? 10 : 1000;
      const asked = smoke ? 1 : theirRounds;
      call(input);
      await original.ask(`${input} 1`);
      const times = await pairs(
        () => timed(() => repeat(rounds, () => call(input))) / rounds,
        async () => ((await original.ask(`${input} ${asked}`)) * 1000) / asked,
        { count, warmups: 2 },
      );
      results.push({
        id,
        values: ratios(times.b, times.a),
        figures: [
          { name: "runcache", unit: "ms", values: times.a },
          { name: "styxcache", unit: "ms", values: times.b },
        ],
      });
    }
    expect("runs of the tool", ours.runs(), 2);
    expect("runs of the original's tool", theirs.runs(), 2);
    return results;
  } finally {
    original.end();
  }
}

/**
 * @param {number} rounds
 * @param {() => unknown} work
 */
function repeat(rounds, work) {
  for (let round = 0; round < rounds; round++) work();
}
