// @ts-check
// A hit of the run store, against that of entropic, at ten to a hundred thousand records.
import path from "node:path";
import { pairs, ratios } from "../lib/pairs.mjs";
import { ENTROPIC, fillRuns, hitsOf } from "../lib/run-stores.mjs";
import { startLinePeer } from "../peers/line-peer.mjs";

const TITLE = "hit of a run store against entropic's: times as fast";

const SIZES = [
  { id: "runs-hit-10", records: 10, small: 3 },
  { id: "runs-hit-1e4", records: 10_000, small: 20 },
  { id: "runs-hit-1e5", records: 100_000, small: 50 },
];

export const rows = SIZES.map(({ id, records }) => ({
  id,
  title: `${TITLE}, ${records.toLocaleString("en-US")} records`,
  target: { least: 4 },
}));

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, peer }) {
  const original = startLinePeer(peer("entropic").command, [ENTROPIC]);
  const [rounds, theirRounds] = smoke ? [10, 5] : [1000, 200];
  try {
    const results = [];
    for (const { id, records, small } of SIZES) {
      const size = smoke ? small : records;
      const theirs = path.join(dir, `entropic-${size}`);
      await original.ask(`fill ${theirs} ${size}`);
      const store = await fillRuns(path.join(dir, `runs-${size}`), size);
      const times = await pairs(
        hitsOf(store, size, rounds),
        async () => ((await original.ask(`hit ${theirs} ${theirRounds}`)) * 1000) / theirRounds,
        { count, warmups: 2 },
      );
      await store.close();
      results.push({
        id,
        values: ratios(times.b, times.a),
        figures: [
          { name: "runcache", unit: "ms", values: times.a },
          { name: "entropic", unit: "ms", values: times.b },
        ],
      });
    }
    return results;
  } finally {
    original.end();
  }
}
