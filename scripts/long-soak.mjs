// @ts-check
// An hour of hits, misses, prunes, verifications and kill -9 on one cache. Whatever is served is checked; memory,
// descriptors and what lies beside the entries must not grow. Writes the dated results to test/faults/long. Linux.
// Usage: node scripts/long-soak.mjs [--minutes N] [--smoke]
//   --smoke: ten seconds, writes nothing, and does not judge what takes minutes to find its size
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { openCache } from "@runcache/core";
import { repoRoot } from "./lib/packages.mjs";
import { growthOf, riseOf } from "./soak/flat.mjs";
import { makeSeries, namesIn, sample } from "./soak/samples.mjs";

/** @typedef {{ tally: Record<string, number>, wrong: string[] }} Report */

const { values: options } = parseArgs({
  options: { minutes: { type: "string", default: "60" }, smoke: { type: "boolean", default: false } },
});
const seconds = options.smoke ? 10 : Number(options.minutes) * 60;
if (!(seconds > 0)) throw new Error(`--minutes is a positive number, not ${options.minutes}`);
const WORKERS = 3;
const SAMPLES = Math.min(360, Math.max(8, Math.floor(seconds / 5)));
const workerProgram = fileURLToPath(new URL("soak/worker.mjs", import.meta.url));

const startedAt = new Date();
const dir = mkdtempSync(path.join(tmpdir(), "runcache-soak-"));
makeInputs();
const series = makeSeries();
/** @type {string[]} */
const problems = [];
let kills = 0;
let running = true;

const workers = Array.from({ length: WORKERS }, (_, index) => start(`long-${index}`));
const killing = killAgainAndAgain();
for (let index = 0; index < SAMPLES; index++) {
  await sleep((seconds / SAMPLES) * 1000);
  if (workers.some(({ exitCode, signalCode }) => exitCode !== null || signalCode !== null)) break; // `stop` says why
  sample(
    series,
    workers.map(({ pid = 0 }) => pid),
    dir,
  );
}
running = false;
await killing;
const reports = await Promise.all(workers.map(stop));
await judge();
rmSync(dir, { recursive: true });
if (!options.smoke) await write();
process.stdout.write(`${table()}\n${problems.length} problems\n`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length > 0) process.exitCode = 1;

function makeInputs() {
  for (const name of ["in", "runs", "xdg"]) mkdirSync(path.join(dir, name));
  for (let index = 0; index < 8; index++) writeFileSync(path.join(dir, "in", String(index)), `input ${index}\n`);
  const tool = path.join(dir, "tool");
  writeFileSync(tool, '#!/bin/sh\n[ "$2" != fail ] || exit 3\ncat "$1" >"$3" && printf \'%s\\n\' "$2" >>"$3"\n');
  chmodSync(tool, 0o755);
}

/** @param {string} name */
function start(name) {
  return spawn(process.execPath, [workerProgram, dir, name], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, XDG_CACHE_HOME: path.join(dir, "xdg") },
  });
}

/** One more worker, which never ends well. */
async function killAgainAndAgain() {
  while (running) {
    const victim = start("killed");
    const ended = once(victim, "close");
    await sleep(300 + Math.random() * 2_000);
    victim.kill("SIGKILL");
    await ended;
    kills += 1;
  }
}

/** @param {ReturnType<typeof start>} worker @returns {Promise<Report>} */
async function stop(worker) {
  let stderr = "";
  worker.stderr?.on("data", (chunk) => (stderr += String(chunk)));
  /** @type {Report} */
  let report = { tally: {}, wrong: ["a worker ended without a word"] };
  worker.on("message", (message) => (report = /** @type {Report} */ (message)));
  const ended = once(worker, "close");
  if (worker.connected) worker.send("stop");
  if (worker.exitCode === null && worker.signalCode === null) await ended;
  const end = worker.exitCode ?? worker.signalCode;
  if (end !== 0) problems.push(`a worker ended with ${end}: ${stderr}`);
  problems.push(...report.wrong);
  return report;
}

async function judge() {
  const cache = openCache(path.join(dir, "cache"));
  const swept = await cache.prune({ maxEntries: 1000 });
  const verified = await cache.verify({
    onFinding: ({ key, verdict, details }) => {
      if (verdict !== "incomplete") problems.push(`${key} is ${verdict}: ${details.join(", ")}`);
    },
  });
  process.stdout.write(`at the end: ${JSON.stringify({ swept, verified })}\n`);
  for (const name of namesIn(path.join(dir, "cache", ".incoming"))) {
    if (saysWhose(name)) problems.push(`.incoming/${name} is left, and its owner is dead`);
  }
  // What was killed before it said whose it is, or while it took something out, is swept after a day, or an hour.
  const later = [".incoming", ".trash", ".locks"].flatMap((name) => namesIn(path.join(dir, "cache", name))).length;
  if (later > kills / 20 + 3) problems.push(`${later} things are left for later, of ${kills} kills`);
  for (const one of series) {
    const growth = options.smoke && one.settles === true ? null : growthOf(one);
    if (growth !== null) problems.push(growth);
  }
  if (kills === 0) problems.push("nothing was killed");
  for (const [name, count] of Object.entries(totals())) {
    if (count === 0 && !options.smoke) problems.push(`there was no ${name}`);
  }
}

/** Whether a staging directory names its owner: one that was killed before it had written that leaves an empty file. @param {string} name */
function saysWhose(name) {
  const owner = path.join(dir, "cache", ".incoming", name, "owner");
  return (statSync(owner, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** @returns {Record<string, number>} */
function totals() {
  /** @type {Record<string, number>} */
  const sum = {};
  for (const { tally } of reports) {
    for (const [name, count] of Object.entries(tally)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

function table() {
  const lines = series.map((one) => {
    const { what, values } = one;
    const medians = [0, 1, 2, 3].map((quarter) => medianOf(values.slice(...span(values.length, quarter))));
    const verdict = growthOf(one) !== null ? "grows" : one.limit === undefined ? "flat" : "within its limit";
    const numbers = [...medians, Math.max(...values), riseOf(values)].map((value) => value.toFixed(0));
    return `| ${[what, ...numbers, verdict].join(" | ")} |`;
  });
  return [
    "| | 1st quarter | 2nd | 3rd | 4th | highest | rise in the 2nd half | |",
    "| --- | --: | --: | --: | --: | --: | --: | --- |",
    ...lines,
  ].join("\n");
}

/** @param {number} length @param {number} quarter @returns {[number, number]} */
function span(length, quarter) {
  return [Math.floor((quarter * length) / 4), Math.floor(((quarter + 1) * length) / 4)];
}

/** @param {readonly number[]} values */
function medianOf(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function write() {
  const counted = Object.entries(totals()).map(([name, count]) => `${count} ${name}`);
  const page = [
    `# Soak, ${startedAt.toISOString().slice(0, 10)}`,
    "",
    `${(seconds / 60).toFixed(0)} minutes from ${startedAt.toISOString().slice(11, 16)} UTC, by \`node scripts/long-soak.mjs --minutes ${options.minutes}\`: Linux ${release()}, Node ${process.version}, ${cpus().length} cores, shared with other work. ${WORKERS} workers of two loops each, and one more that got SIGKILL ${kills} times. Of the workers that lived: ${counted.join(", ")}.`,
    "",
    "Medians of the quarters; of the workers, the highest at each moment. The rise is that of a straight line through the second half.",
    "",
    table(),
    "",
    problems.length === 0
      ? "Every output that was served was compared with what the tool writes, and every entry verified at the end: 0 problems."
      : `${problems.length} problems:\n\n${problems.map((problem) => `- ${problem}`).join("\n")}`,
    "",
  ].join("\n");
  const target = path.join(repoRoot, "test/faults/long/SOAK.md");
  writeFileSync(target, await format(page, { ...(await resolveConfig(target)), parser: "markdown" }));
}
