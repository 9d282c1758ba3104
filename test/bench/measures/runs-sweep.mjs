// @ts-check
// Sweeps of ten thousand points with a trivial runner, one after the other, against those of entropic. Each opens its
// store and closes it. entropic flushes nothing but its database, as `durability: "none"` does; the default stands beside it.
import path from "node:path";
import { pairs, ratios, timedAsync } from "../lib/pairs.mjs";
import { ENTROPIC, openRuns, pointsTo, refuse, writeResult } from "../lib/run-stores.mjs";
import { startLinePeer } from "../peers/line-peer.mjs";

const TITLE = "sweep of 10⁴ points against entropic's: times as fast";

export const rows = [
  { id: "runs-cold", title: `cold ${TITLE}`, target: { least: 2 } },
  { id: "runs-cold-safe", title: `cold ${TITLE}, with the default durability` },
  { id: "runs-warm", title: `warm ${TITLE}`, target: { least: 2 } },
];

/** A cold sweep takes seconds: so many pairs tell enough. */
const MOST_PAIRS = 3;

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect, peer }) {
  const size = smoke ? 20 : 10_000;
  const original = startLinePeer(peer("entropic").command, [ENTROPIC]);
  // A new place for each cold sweep: some file systems are slow for seconds after ten thousand files were removed.
  let ours = "";
  let theirs = "";
  let round = 0;

  const sweep = async (/** @type {"none" | "safe"} */ durability, /** @type {boolean} */ isWarm) => {
    const ms = await timedAsync(async () => {
      const store = openRuns(ours, { durability });
      const { hits, runs, records } = await store.sweep(pointsTo(size), isWarm ? refuse : writeResult);
      await store.close();
      expect("hits", hits, isWarm ? size : 0);
      expect("runs", runs, isWarm ? 0 : size);
      expect("records", records.length, size);
    });
    return ms / 1000;
  };
  const cold = (/** @type {"none" | "safe"} */ durability) => () => {
    ours = path.join(dir, `runs-${++round}`);
    return sweep(durability, false);
  };
  const theirCold = () => {
    theirs = path.join(dir, `entropic-${++round}`);
    return original.ask(`sweep ${theirs} ${size}`);
  };

  try {
    const options = { count: Math.min(count, MOST_PAIRS), warmups: 0 };
    const safe = await pairs(cold("safe"), theirCold, options);
    const none = await pairs(cold("none"), theirCold, options);
    const warm = await pairs(
      () => sweep("none", true),
      () => original.ask(`sweep ${theirs} ${size}`),
      { count },
    );
    return [resultOf("runs-cold", none), resultOf("runs-cold-safe", safe), resultOf("runs-warm", warm)];
  } finally {
    original.end();
  }
}

/**
 * @param {string} id
 * @param {{ a: number[], b: number[] }} seconds
 */
function resultOf(id, { a, b }) {
  return {
    id,
    values: ratios(b, a),
    figures: [
      { name: "runcache", unit: "s", values: a },
      { name: "entropic", unit: "s", values: b },
    ],
  };
}
