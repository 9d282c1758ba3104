// @ts-check
// Runs the fault suite in full (every kill point, 500 rounds of kill -9, minutes of races), and writes the dated
// results to test/faults/long. Usage: node scripts/long-faults.mjs   (20 minutes and more; as root, with strace and faketime)
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { runFaults } from "./lib/fault-suite.mjs";
import { repoRoot } from "./lib/packages.mjs";

const dir = path.join(repoRoot, "test/faults/long");
const startedAt = new Date();
const { faults } = runFaults([], { RUNCACHE_FAULTS: "long" });
const machine = `Linux ${release()}, Node ${process.version}, ${cpus().length} cores`;
const report = { startedAt: startedAt.toISOString(), finishedAt: new Date().toISOString(), machine, faults };

const counted = faults.map(({ row, fault, result, durationMs, figures = {} }) => {
  const text = Object.entries(figures).map(([name, value]) => `${value} ${name}`);
  return `| ${row} | ${fault} | ${text.join(", ")} | ${(durationMs / 1000).toFixed(0)} | ${result} |`;
});
const page = [
  "# The fault suite, run in full",
  "",
  `Made by \`node scripts/long-faults.mjs\` on ${report.startedAt.slice(0, 10)}: ${machine}. The tests are those of [the table](../README.md); what CI samples is enumerated here. The same as data: [results.json](results.json).`,
  "",
  "| row | fault | counted | seconds | result |",
  "| --: | --- | --- | --: | --- |",
  ...counted,
  "",
].join("\n");

await write("results.json", JSON.stringify(report), "json");
await write("RESULTS.md", page, "markdown");
if (faults.length === 0 || faults.some(({ result }) => result !== "passed")) process.exitCode = 1;

/**
 * @param {string} name
 * @param {string} text
 * @param {string} parser
 */
async function write(name, text, parser) {
  const target = path.join(dir, name);
  writeFileSync(target, await format(text, { ...(await resolveConfig(target)), parser }));
}
