// @ts-check
// One client of the NFS scenario: a process on a machine of its own, as the server sees it. Reads one JSON object a
// line, `{ id, op, … }`, and answers each with one. Arguments: a mounted directory, a local one.
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { CachingRunner, openCache } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { TOOL } from "./clients.mjs";

const [mounted = "", local = ""] = process.argv.slice(2);
const cacheDir = path.join(mounted, "cache");
/** @type {string[]} */
let warnings = [];
/** @type {Record<string, number>} */
let events = {};
process.on("warning", ({ message }) => void warnings.push(message));
const runner = new CachingRunner({
  base: new LocalRunner({ dataDir: path.join(local, "runs") }),
  cacheDir,
  onEvent: ({ type }) => void (events[type] = (events[type] ?? 0) + 1),
});

/** @type {Record<string, (command: any) => unknown>} */
const operations = { call, explain, prune, loop, stat, told };

for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line));

/** @param {{ id: number, op: string }} command */
async function answer(command) {
  const start = performance.now();
  let reply;
  try {
    reply = await operations[command.op]?.(command);
  } catch (error) {
    reply = { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  const ms = Math.round(performance.now() - start);
  process.stdout.write(`${JSON.stringify({ id: command.id, ms, .../** @type {object} */ (reply) })}\n`);
}

/** @param {{ key: string, bytes: number, input?: string }} command */
function plan({ key, bytes, input }) {
  return (/** @type {import("@runcache/core").ExecIo} */ io) => [
    TOOL,
    key,
    String(bytes),
    io.output("out.txt"),
    ...(input === undefined ? [] : [io.input(path.join(mounted, input))]),
  ];
}

/** @param {{ key: string, bytes: number, input?: string }} command */
async function call(command) {
  const result = await runner.exec({ id: "1", name: "nfs" }, plan(command));
  return judge(command, result);
}

/** @param {{ key: string, bytes: number, input?: string }} command @param {import("@runcache/core").ExecResult} result */
function judge(command, result) {
  const output = result.output("out.txt");
  const seed = command.input === undefined ? "" : readFileSync(path.join(mounted, command.input), "utf8");
  const isRight = readFileSync(output, "utf8") === `${command.key}\n${"x".repeat(command.bytes)}${seed}`;
  // Only where it is asked for: unlike a call, a look into a cache that cannot be used throws.
  const entry = seed === "" || result.key === null ? null : openCache(cacheDir).get(result.key);
  const { status, missReason, key } = result;
  return { status, missReason, key, isRight, networkInputs: entry?.manifest.networkInputs ?? null };
}

/** @param {{ key: string, bytes: number }} command */
async function explain(command) {
  const { status, reason, key } = await runner.explain({ id: "1", name: "nfs" }, plan(command));
  return { status, reason, key };
}

/** @param {{ keepUsedWithinMs: number }} command */
async function prune({ keepUsedWithinMs }) {
  const { evicted, kept } = await openCache(cacheDir).prune({ maxEntries: 0, keepUsedWithinMs });
  return { evicted: evicted.entries, kept: kept.entries };
}

/** @param {{ keys: string[], seconds: number }} command */
async function loop({ keys, seconds }) {
  const counts = { hit: 0, miss: 0, wrong: 0, failed: 0, taken: 0 };
  /** @type {string[]} */
  const errors = [];
  for (const end = performance.now() + seconds * 1000; performance.now() < end;) {
    for (const key of keys) {
      const command = { key, bytes: 1000 };
      try {
        const result = await runner.exec({ id: "1", name: "nfs" }, plan(command));
        counts[result.status === "hit" ? "hit" : "miss"] += 1;
        try {
          if (!judge(command, result).isRight) counts.wrong += 1;
        } catch (error) {
          counts.taken += 1; // pruned between the call and its caller's reading
          errors.push(`taken: ${String(error)}`);
        }
      } catch (error) {
        counts.failed += 1;
        errors.push(String(error));
      }
    }
  }
  return { ...counts, errors: errors.slice(0, 5) };
}

/** As a program that knows nothing of attribute caches. @param {{ key: string }} command */
function stat({ key }) {
  const file = path.join(cacheDir, key.slice(0, 2), key);
  return { exists: statSync(file, { throwIfNoEntry: false }) !== undefined };
}

/** What was told since the last time. */
function told() {
  const answer = { warnings, events };
  warnings = [];
  events = {};
  return answer;
}
