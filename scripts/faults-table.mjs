// @ts-check
// Writes test/faults/README.md from a run of the fault suite: which row, what the user sees, how it is tested, result.
// Usage: node scripts/faults-table.mjs [--check]   (--check runs no test: it fails where the page is not what the tests
// say of themselves, or where it tells of one that did not pass)
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { BEYOND_CI, ELSEWHERE, NOT_TESTED } from "../test/faults/rows.mjs";
import { inCell, listFaults, runFaults } from "./lib/fault-suite.mjs";
import { repoRoot } from "./lib/packages.mjs";

/** @typedef {import("./lib/fault-suite.mjs").Facts & { result: string }} Line */

const target = path.join(repoRoot, "test/faults/README.md");
if (process.argv.includes("--check")) await check();
else writeFileSync(target, await page(...runAll()));

async function check() {
  const gone = ELSEWHERE.filter(({ file, title }) => !readFileSync(path.join(repoRoot, file), "utf8").includes(title));
  for (const { file, title } of gone)
    process.stderr.write(`test/faults/rows.mjs names a test that ${file} has not: ${title}\n`);
  const lost = BEYOND_CI.flatMap(([, , program, results]) => [program, `test/faults/long/${results}`]).filter(
    (file) => !existsSync(path.join(repoRoot, file)),
  );
  for (const file of lost) process.stderr.write(`test/faults/rows.mjs names a file that is not there: ${file}\n`);
  const passed = listFaults().map((facts) => ({ ...facts, result: "passed" }));
  const isCurrent = readFileSync(target, "utf8") === (await page(passed, () => "passed"));
  if (!isCurrent)
    process.stderr.write("test/faults/README.md is not what the tests say; run node scripts/faults-table.mjs\n");
  if (!isCurrent || gone.length + lost.length > 0) process.exitCode = 1;
}

/** @returns {[readonly Line[], (file: string, title: string) => string]} */
function runAll() {
  const { faults, results } = runFaults(["test/faults", ...new Set(ELSEWHERE.map(({ file }) => file))]);
  return [faults, (file, title) => results.get(`${file} ${title}`) ?? "missing"];
}

/**
 * @param {readonly Line[]} tested
 * @param {(file: string, title: string) => string} resultOf
 */
async function page(tested, resultOf) {
  const row = (/** @type {readonly (string | number)[]} */ cells) => `| ${cells.map(inCell).join(" | ")} |`;
  const text = [
    "# Faults",
    "",
    "What can go wrong with a cache of process runs, what the user then sees, and how that is tested. Made by `node scripts/faults-table.mjs` from the tests in this folder; every test ends with the invariants of `invariants.ts`. Some run on a sample in CI; what runs [beyond it](#beyond-ci) has dated results.",
    "",
    row(["row", "fault", "behaviour", "method", "result"]),
    row(["--:", "---", "---", "---", "---"]),
    ...tested.map((line) => row([line.row, line.fault, line.behaviour, line.method, line.result])),
    "",
    "## Tested elsewhere",
    "",
    row(["row", "fault", "behaviour", "where", "result"]),
    row(["--:", "---", "---", "---", "---"]),
    ...ELSEWHERE.map((line) =>
      row([
        line.row,
        line.fault,
        line.behaviour,
        `[${line.file}](../../${line.file})`,
        resultOf(line.file, line.title),
      ]),
    ),
    "",
    "## Beyond CI",
    "",
    row(["row", "fault", "made by", "results"]),
    row(["--:", "---", "---", "---"]),
    ...BEYOND_CI.map(([number, fault, program, results]) =>
      row([number, fault, `[${program}](../../${program})`, `[${results}](long/${results})`]),
    ),
    "",
    "## Not tested here",
    "",
    row(["row", "fault", "why"]),
    row(["--:", "---", "---"]),
    ...NOT_TESTED.map((cells) => row(cells)),
    "",
  ].join("\n");
  return await format(text, { ...(await resolveConfig(target)), parser: "markdown" });
}
