// A sweep on workers, twice: node sweep.mjs threads|processes DIR
import { readFileSync } from "node:fs";
import process from "node:process";
import { expandGrid, integer, real, RunStore } from "@runcache/runs";

const [workers, dir] = process.argv.slice(2);
const store = new RunStore({ dir, name: "decay", columns: { n: integer(), dt: real() }, fileSuffix: ".json" });
const grid = expandGrid({ n: [2, 3], dt: [0.1, 0.01] });
const runner = { module: new URL("decay.mjs", import.meta.url), export: "decay" };
const sweeps = [];
for (let sweep = 0; sweep < 2; sweep += 1) {
  const { records, hits, runs } = await store.sweep(grid, runner, { workers, concurrency: 2 });
  const results = records.map(({ resultFile }) => JSON.parse(readFileSync(resultFile, "utf8")));
  sweeps.push({ hits, runs, lengths: results.map(({ values }) => values.length) });
  if (
    !results.every(
      (result) =>
        (result.pid === process.pid) === (workers === "threads") && result.isMainThread === (workers === "processes"),
    )
  )
    throw new Error(`the runs were not made in ${workers}: ${JSON.stringify(results)}`);
}
const fine = await store.list({ where: { dt: { lt: 0.1 } }, orderBy: "n" });
await store.close();
process.stdout.write(JSON.stringify({ sweeps, fine: fine.map(({ n, dt }) => [n, dt]) }));
