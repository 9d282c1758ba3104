// @ts-check
// The benchmarks: runcache against bare system calls, the same tools by hand, and its peers, each pair in one run.
//   npm run bench                     everything; writes test/bench/results.json and RESULTS.md
//   npm run bench -- --only commit    some measures (see test/bench/lib/bench.mjs); writes nothing, but with --save
//                                     their rows in the place of those in results.json
//   npm run bench -- --smoke          seconds: sees that everything runs and counts right, never mind the times
// Other options: --count PAIRS, --dir DIRECTORY to work in, --wait SECONDS for a quiet machine, --no-install of peers,
// --report: only writes RESULTS.md anew from results.json and notes.md.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { format } from "prettier";
import { loadMeasure, MEASURES } from "../test/bench/lib/bench.mjs";
import { formatValue } from "../test/bench/lib/format.mjs";
import { describeMachine, describeVersions } from "../test/bench/lib/machine.mjs";
import { markdownOf } from "../test/bench/lib/markdown.mjs";
import { othersDuring, waitForQuiet } from "../test/bench/lib/quiet.mjs";
import { lineOf } from "../test/bench/lib/results.mjs";
import { runMeasure } from "../test/bench/lib/run-measure.mjs";
import { installPeers } from "../test/bench/peers/install.mjs";
import { peerVersions } from "../test/bench/peers/peers.mjs";
import { repoRoot } from "./lib/packages.mjs";

/** @typedef {import("../test/bench/lib/results.mjs").Line} Line */

const here = path.join(repoRoot, "test/bench");
const resultsFile = path.join(here, "results.json");
const { values: options } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    only: { type: "string" },
    count: { type: "string", default: "9" },
    dir: { type: "string", default: tmpdir() },
    wait: { type: "string", default: "600" },
    "no-install": { type: "boolean", default: false },
    save: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
  },
});

if (options.report) await writeReport();
else await bench();

async function bench() {
  const names = options.only?.split(",") ?? MEASURES;
  const unknown = names.filter((name) => !MEASURES.includes(name));
  if (unknown.length > 0) throw new Error(`no measure ${unknown.join(", ")}; there are ${MEASURES.join(", ")}`);
  if (!options.smoke && !options["no-install"]) installPeers();
  if (!options.smoke) await quiet();
  /** @type {Line[]} */
  const rows = [];
  for (const name of names) rows.push(...(await lines(name)));
  if (options.smoke || (options.only !== undefined && !options.save)) return;
  if (options.only !== undefined) rows.unshift(...rowsBeside(rows));
  const versions = { ...describeVersions(), ...peerVersions() };
  const results = { format: 1, date: new Date().toISOString(), machine: describeMachine(options.dir), versions, rows };
  writeFileSync(resultsFile, await format(JSON.stringify(results), { parser: "json" }));
  await writeReport();
}

/**
 * The rows of results.json that `rows` do not replace.
 * @param {readonly Line[]} rows
 * @returns {Line[]}
 */
function rowsBeside(rows) {
  if (!existsSync(resultsFile)) return [];
  const measured = new Set(rows.map(({ id }) => id));
  /** @type {import("../test/bench/lib/results.mjs").Results} */
  const before = JSON.parse(readFileSync(resultsFile, "utf8"));
  return before.rows.filter(({ id }) => !measured.has(id));
}

async function quiet() {
  const busy = await waitForQuiet(Number(options.wait) * 1000);
  process.stdout.write(`${(busy * 100).toFixed(0)} % of the machine is in use by others\n`);
}

/** @param {string} name */
async function lines(name) {
  const settings = { parent: options.dir, smoke: options.smoke, count: options.smoke ? 2 : Number(options.count) };
  const { result: results, others } = await othersDuring(() => runMeasure(name, settings));
  const { rows } = await loadMeasure(name);
  const found = rows.map((row) =>
    lineOf(
      row,
      results.find(({ id }) => id === row.id),
      others,
    ),
  );
  for (const line of found) print(line);
  return found;
}

/** @param {Line} line */
function print({ id, unit, verdict, reason, result, others, figures }) {
  const value = result === null ? (reason ?? "") : formatValue(result, unit);
  const parts = figures.map((figure) => `${figure.name} ${formatValue(figure.median, figure.unit)}`);
  const share = others === null ? "" : `  [others ${(others * 100).toFixed(0)} %]`;
  // Times of a smoke run say nothing.
  const tail = options.smoke
    ? result === null
      ? `not measured: ${value}`
      : "runs"
    : `${value} ${verdict}${share}  ${parts.join(", ")}`;
  process.stdout.write(`${id.padEnd(16)} ${tail}\n`);
}

async function writeReport() {
  const results = JSON.parse(readFileSync(resultsFile, "utf8"));
  const notes = readFileSync(path.join(here, "notes.md"), "utf8");
  const text = await format(markdownOf(results, notes), { parser: "markdown" });
  writeFileSync(path.join(here, "RESULTS.md"), text);
}
