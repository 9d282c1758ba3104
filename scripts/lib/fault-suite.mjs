// @ts-check
// Runs or lists the tests of test/faults: what each says about itself, and what became of it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { repoRoot } from "./packages.mjs";

/** @typedef {{ row: number, fault: string, behaviour: string, method: string }} Facts */
/** @typedef {Facts & { result: string, durationMs: number, figures: Record<string, number> | undefined }} Outcome */
/** @typedef {{ title: string, fullName: string, status: string, duration?: number, meta?: { fault?: Facts, figures?: Record<string, number> } }} Assertion */
/** @typedef {{ testResults: { name: string, assertionResults: Assertion[] }[] }} Report */

/**
 * What the tests say about themselves; none is run.
 * @returns {Facts[]}
 */
export function listFaults() {
  return inScratch((dir) => {
    const list = path.join(dir, "facts");
    const { status } = vitest(["list", "test/faults"], { RUNCACHE_FAULTS_LIST: list });
    if (status !== 0 || !existsSync(list)) throw new Error("the fault suite could not be listed");
    const lines = readFileSync(list, "utf8").trim().split("\n");
    return byRow(lines.map((line) => /** @type {Facts} */ (JSON.parse(line))));
  });
}

/**
 * Runs tests, those of test/faults and others.
 * @param {readonly string[]} files repository-relative paths of tests
 * @param {Record<string, string>} env variables to set
 * @returns {{ faults: Outcome[], results: Map<string, string> }} the faults, and the status of every test by `file title`
 */
export function runFaults(files, env = {}) {
  return inScratch((dir) => {
    const report = path.join(dir, "report.json");
    vitest(["run", ...files, "--reporter=json", `--outputFile=${report}`], env);
    const { testResults } = /** @type {Report} */ (JSON.parse(readFileSync(report, "utf8")));
    const results = new Map();
    /** @type {Outcome[]} */
    const faults = [];
    for (const { name, assertionResults } of testResults) {
      for (const { title, status, duration = 0, meta } of assertionResults) {
        results.set(`${path.relative(repoRoot, name)} ${title}`, status);
        if (meta?.fault === undefined) continue;
        faults.push({ ...meta.fault, result: status, durationMs: Math.round(duration), figures: meta.figures });
      }
    }
    return { faults: byRow(faults), results };
  });
}

/** As a cell of a table in Markdown. @param {string | number} text */
export function inCell(text) {
  return String(text).replaceAll("|", "\\|");
}

/**
 * @template {Facts} T
 * @param {T[]} faults
 */
function byRow(faults) {
  return faults.sort((a, b) => a.row - b.row || (a.fault < b.fault ? -1 : 1));
}

/**
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 */
function vitest([command = "", ...args], env) {
  const program = path.join(repoRoot, "node_modules/vitest/vitest.mjs");
  return spawnSync(process.execPath, [program, command, "--config", "test/vitest.config.ts", ...args], {
    cwd: repoRoot,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, ...env },
  });
}

/**
 * @template T
 * @param {(dir: string) => T} use
 */
function inScratch(use) {
  const dir = mkdtempSync(path.join(tmpdir(), "runcache-faults-"));
  try {
    return use(dir);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
