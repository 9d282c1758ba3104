// @ts-check
// A run store of a hundred thousand records: whether hits stay what they were at ten, how soon it answers, and how long
// its index takes to make anew.
import path from "node:path";
import { pairs, ratios, timedAsync } from "../lib/pairs.mjs";
import { BATCH, fillRuns, hitsOf, openRuns } from "../lib/run-stores.mjs";

export const rows = [
  { id: "runs-hit-flat", title: "hit of a run store at 10⁵ records against 10", target: { most: 1.2 } },
  { id: "runs-list", title: "100 of 10⁵ records by the value of a column", unit: "ms", target: { most: 5 } },
  {
    id: "runs-list-range",
    title: "100 of 10⁵ records by a column's range, in its order",
    unit: "ms",
    target: { most: 5 },
  },
  { id: "runs-rebuild", title: "index of 10⁵ records made anew", unit: "s" },
];

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const [few, many] = smoke ? [3, 300] : [10, 100_000];
  const small = await fillRuns(path.join(dir, "small"), few);
  await (await fillRuns(path.join(dir, "large"), many)).close();
  const large = openRuns(path.join(dir, "large"));

  const rounds = smoke ? 10 : 1000;
  const hits = await pairs(hitsOf(large, many, rounds), hitsOf(small, few, rounds), { count, warmups: 2 });

  /** @param {(round: number) => object} questionOf */
  const lists = async (questionOf) => {
    const times = [];
    for (let round = -1; round < count; round++) {
      const asked = questionOf(round + 1);
      const ms = await timedAsync(async () => expect("records", (await large.list(asked)).length, BATCH));
      if (round >= 0) times.push(ms);
    }
    return times;
  };
  const step = Math.floor(many / BATCH / (count + 2));
  const equal = await lists((round) => ({ where: { batch: (round + 1) * step } }));
  const range = await lists((round) => ({
    where: { n: { gte: (round + 1) * step * BATCH } },
    orderBy: "n",
    limit: BATCH,
  }));

  const rebuilds = [];
  for (let round = 0; round < (smoke ? 1 : 3); round++) {
    const ms = await timedAsync(async () => expect("records", await large.rebuildIndex(), many));
    rebuilds.push(ms / 1000);
  }
  await Promise.all([small.close(), large.close()]);
  return [
    {
      id: "runs-hit-flat",
      values: ratios(hits.a, hits.b),
      figures: [
        { name: "10⁵", unit: "ms", values: hits.a },
        { name: "10", unit: "ms", values: hits.b },
      ],
    },
    { id: "runs-list", values: equal },
    { id: "runs-list-range", values: range },
    { id: "runs-rebuild", values: rebuilds },
  ];
}
