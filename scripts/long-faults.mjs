// @ts-check
// Runs the fault suite, or some of its files, in full (every kill point, 500 rounds of kill -9, minutes of races), and
// writes the dated results to test/faults/long. Usage: node scripts/long-faults.mjs [FILE…]   (half an hour and more)
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { inCell, runFaults } from "./lib/fault-suite.mjs";
import { repoRoot } from "./lib/packages.mjs";

/** @typedef {import("./lib/fault-suite.mjs").Outcome & { date: string, machine: string }} Result */

const dir = path.join(repoRoot, "test/faults/long");
const dataFile = path.join(dir, "faults.json");
const files = process.argv.slice(2);
const date = new Date().toISOString().slice(0, 10);
const machine = `Linux ${release()}, Node ${process.version}, ${cpus().length} cores`;

const { faults } = runFaults(files.length > 0 ? files : ["test/faults"], { RUNCACHE_FAULTS: "long" });
const isNew = new Set(faults.map(nameOf));
/** @type {Result[]} */
const kept = files.length > 0 && existsSync(dataFile) ? JSON.parse(readFileSync(dataFile, "utf8")) : [];
const results = [
  ...kept.filter((result) => !isNew.has(nameOf(result))),
  ...faults.map((fault) => ({ ...fault, date, machine })),
].sort((a, b) => a.row - b.row || (a.fault < b.fault ? -1 : 1));

mkdirSync(dir, { recursive: true });
await write(dataFile, JSON.stringify(results), "json");
await write(path.join(dir, "RESULTS.md"), page(), "markdown");
const failed = faults.filter(({ result }) => result !== "passed");
for (const fault of failed) process.stderr.write(`${fault.result}: ${nameOf(fault)}\n`);
if (faults.length === 0 || failed.length > 0) process.exitCode = 1;

/** @param {{ row: number, fault: string }} fault */
function nameOf({ row, fault }) {
  return `row ${row}, ${fault}`;
}

function page() {
  const lines = results.map(({ row, fault, result, durationMs, figures = {}, date, machine }) => {
    const counted = Object.entries(figures).map(([name, value]) => `${value} ${name}`);
    return `| ${row} | ${inCell(fault)} | ${counted.join(", ")} | ${Math.round(durationMs / 1000)} | ${result} | ${date} | ${machine} |`;
  });
  return [
    "# The fault suite, run in full",
    "",
    "Made by `node scripts/long-faults.mjs`. The tests are those of [the table](../README.md); what CI takes a sample of is enumerated here. The same as data: [faults.json](faults.json).",
    "",
    "| row | fault | counted | seconds | result | date | machine |",
    "| --: | --- | --- | --: | --- | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

/**
 * @param {string} target
 * @param {string} text
 * @param {string} parser
 */
async function write(target, text, parser) {
  writeFileSync(target, await format(text, { ...(await resolveConfig(target)), parser }));
}
