// @ts-check
// Runs vitest with our configuration and the arguments given (`npm test -- packages/core`), then prints one closing line,
// `<N> passed, <N> failed, <N> skipped`, from vitest's own JSON report. With RUNCACHE_FORBID_SKIPS=1 a skipped test has failed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { repoRoot } from "./lib/packages.mjs";

const vitest = path.join(path.dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
const reportDir = mkdtempSync(path.join(tmpdir(), "runcache-report-"));
const reportFile = path.join(reportDir, "report.json");

try {
  const { status } = spawnSync(
    process.execPath,
    [
      vitest,
      "run",
      ...["--config", "test/vitest.config.ts"],
      ...["--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`],
      ...process.argv.slice(2),
    ],
    { cwd: repoRoot, stdio: ["ignore", "inherit", "inherit"] },
  );
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  const { passed, failed, skipped } = count(report, status === 0);
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed > 0 ? 1 : (status ?? 1);
} finally {
  rmSync(reportDir, { recursive: true, force: true });
}

/**
 * The fields of vitest's JSON report that are read here.
 * @typedef {{ numPassedTests: number, numFailedTests: number,
 *   testResults: { status: string, assertionResults: { status: string, fullName: string }[] }[] }} Report
 */

/**
 * @param {Report} report
 * @param {boolean} success vitest's own verdict, which covers errors that belong to no test
 */
function count(report, success) {
  const skipped = skippedTests(report);
  const forbidden = process.env["RUNCACHE_FORBID_SKIPS"] === "1" ? skipped : [];
  for (const name of forbidden) process.stderr.write(`skipped, where skips are forbidden: ${name}\n`);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + otherFailures(report, success) + forbidden.length,
    skipped: skipped.length - forbidden.length,
  };
}

/** @param {Report} report */
function skippedTests({ testResults }) {
  const tests = testResults.flatMap((file) => file.assertionResults);
  return tests.filter(({ status }) => status !== "passed" && status !== "failed").map(({ fullName }) => fullName);
}

/**
 * What failed outside of any test: a file that could not be loaded, or else what belongs to no file, such as an unhandled
 * rejection.
 * @param {Report} report
 * @param {boolean} success
 */
function otherFailures({ numFailedTests, testResults }, success) {
  const brokenFiles = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  return !success && numFailedTests === 0 ? Math.max(brokenFiles.length, 1) : brokenFiles.length;
}
