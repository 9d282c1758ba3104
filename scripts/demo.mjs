// @ts-check
// The main job on real files: a pipeline of three real tools, run twice, then with one parameter and one input changed.
// With MRtrix3 on the PATH it denoises an image; without, it sorts, compresses and sums up text.
// Usage: npm run demo [-- --runner local|docker|podman] [-- --keep]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { CachingRunner } from "@runcache/core";
import { everydayPipeline } from "./demo/everyday-pipeline.mjs";
import { makeBase } from "./demo/make-base.mjs";
import { hasMrtrix, mrtrixPipeline } from "./demo/mrtrix-pipeline.mjs";
import { printTable } from "./demo/print-table.mjs";

/** @typedef {import("./demo/pipeline.d.mts").Pipeline} Pipeline */

const { values } = parseArgs({
  options: { runner: { type: "string", default: "local" }, keep: { type: "boolean", default: false } },
});
const dir = mkdtempSync(path.join(tmpdir(), "runcache-demo-"));
try {
  await demo();
} finally {
  if (values.keep) process.stdout.write(`\nKept: ${dir}\n`);
  else rmSync(dir, { recursive: true, force: true });
}

async function demo() {
  const isLocal = values.runner === "local";
  const pipeline = isLocal && hasMrtrix() ? mrtrixPipeline(dir) : everydayPipeline(dir);
  const { base, image } = await makeBase(values.runner, path.join(dir, "runs"));
  const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache") });
  process.stdout.write(`${pipeline.title}, by the ${values.runner} runner. The cache: ${runner.cacheDir}\n`);
  process.stdout.write("time: what the call took now. saved: how long the tool ran when its result was made.\n");
  process.stdout.write(
    "why: what differs from the nearest earlier run; params.argv[4] is the fourth argument of the tool.\n",
  );

  /** @param {string} title */
  const pass = async (title) => {
    process.stdout.write(`\n${title}\n`);
    const rows = [];
    for await (const step of pipeline.steps((tool, plan, options) =>
      runner.exec({ ...tool, ...image }, plan, options),
    )) {
      rows.push(step);
    }
    printTable(rows);
    return rows;
  };

  pipeline.prepare();
  expectStatuses(await pass("First run"), ["miss", "miss", "miss"]);
  expectStatuses(await pass("The same again"), ["hit", "hit", "hit"]);
  pipeline.changeParameter();
  expectStatuses(await pass(`After a change of one parameter (${pipeline.parameterChange})`), ["hit", "miss", "miss"]);
  pipeline.changeInput();
  expectStatuses(await pass(`After a change of one input (${pipeline.inputChange})`), ["miss", "miss", "miss"]);
  const { hit, miss, savedMs } = runner.counters;
  process.stdout.write(`\n${miss} runs, ${hit} lookups, ${savedMs.toFixed(0)} ms of tool time saved.\n`);
}

/**
 * A demo that shows something else than it claims is a failure.
 * @param {readonly import("./demo/pipeline.d.mts").Step[]} rows
 * @param {readonly string[]} expected
 */
function expectStatuses(rows, expected) {
  const found = rows.map(({ result }) => result.status);
  if (found.join() !== expected.join()) throw new Error(`expected ${expected.join(", ")} and saw ${found.join(", ")}`);
}
