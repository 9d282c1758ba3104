// @ts-check
// Figures in README.md come from the benchmark: one followed by `<!-- bench:ID -->` is that of the row ID of
// test/bench/results.json, written as in RESULTS.md.
import { readFileSync } from "node:fs";
import path from "node:path";
import { formatValue } from "../test/bench/lib/format.mjs";
import { repoRoot } from "./lib/packages.mjs";
import { report } from "./lib/report.mjs";

const readme = readFileSync(path.join(repoRoot, "README.md"), "utf8");
/** @type {import("../test/bench/lib/results.mjs").Results} */
const { rows } = JSON.parse(readFileSync(path.join(repoRoot, "test/bench/results.json"), "utf8"));

const marked = [...readme.matchAll(/(\S*(?: ms| µs)?)\s*<!-- bench:(.*?) -->/g)];
const findings = marked.flatMap(([, written = "", id = ""]) => {
  const row = rows.find((line) => line.id === id);
  if (row === undefined) return [`README.md: 'bench:${id}' is no row of results.json`];
  const expected = row.result === null ? "nothing (it was not measured)" : formatValue(row.result, row.unit);
  return written.replace(/^[*~(|]+|\*+$/g, "") === expected
    ? []
    : [`README.md: ${written} of 'bench:${id}' is ${expected} in results.json`];
});
report("figures", findings, rows.length, "rows");
process.stdout.write(`${marked.length} figures in README.md\n`);
