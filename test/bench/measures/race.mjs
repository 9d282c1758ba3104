// @ts-check
// Eight processes that want the same cold key at the same moment, against one.
import { fork } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { countLines } from "../lib/fixtures.mjs";
import { pairs, ratios } from "../lib/pairs.mjs";

export const rows = [
  {
    id: "race",
    title: "eight processes, one cold key, a tool of 1 s, from a barrier after import: wall time against one process",
    target: { most: 1.3 },
  },
];

const CALLER = fileURLToPath(new URL("../lib/race-caller.mjs", import.meta.url));
const PROCESSES = 8;

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const tool = makeSleeper(dir, smoke ? 0.1 : 1);
  let key = 0;
  const race = (/** @type {number} */ processes) => async () => {
    const before = tool.runs();
    const ms = await callTogether(processes, [dir, tool.path, String(key++)]);
    expect("runs of the tool", tool.runs() - before, 1);
    return ms;
  };
  const { a: eight, b: one } = await pairs(race(PROCESSES), race(1), { count: smoke ? 1 : count, warmups: 0 });
  return [
    {
      id: "race",
      values: ratios(eight, one),
      figures: [
        { name: "eight processes", unit: "ms", values: eight },
        { name: "one process", unit: "ms", values: one },
      ],
    },
  ];
}

/**
 * Starts `processes` callers, lets them go when all have loaded everything, and returns the milliseconds until the last
 * has its result.
 * @param {number} processes
 * @param {readonly string[]} args
 */
async function callTogether(processes, args) {
  const callers = Array.from({ length: processes }, () => fork(CALLER, args));
  await Promise.all(callers.map((caller) => message(caller, "ready")));
  const done = callers.map((caller) => message(caller, "done"));
  const start = performance.now();
  for (const caller of callers) caller.send("go");
  await Promise.all(done);
  const ms = performance.now() - start;
  return ms;
}

/**
 * Resolves when `caller` says `word`.
 * @param {import("node:child_process").ChildProcess} caller
 * @param {string} word
 */
async function message(caller, word) {
  await new Promise((resolve, reject) => {
    caller.on("message", (said) => said === word && resolve(undefined));
    caller.once("exit", (code, signal) => reject(new Error(`a caller ended (${signal ?? code}) before '${word}'`)));
  });
}

/**
 * @param {string} dir
 * @param {number} seconds
 */
function makeSleeper(dir, seconds) {
  const tool = path.join(dir, "sleeper");
  mkdirSync(dir, { recursive: true });
  writeFileSync(tool, `#!/bin/sh\necho run >> ${tool}.count\nsleep ${seconds}\necho done > out.txt\n`);
  chmodSync(tool, 0o755);
  return { path: tool, runs: () => countLines(`${tool}.count`) };
}
