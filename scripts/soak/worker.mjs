// @ts-check
// One process of the soak: calls at random through one cache until it is told to stop, or killed.
// Arguments: a directory with `cache`, `in` and `tool`; a name of its own. Answers messages with what it counted.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CachingRunner, openCache, ToolError } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [dir = "", name = ""] = process.argv.slice(2);
const cacheDir = path.join(dir, "cache");
const tool = path.join(dir, "tool");
/** Calls of these come again and again; the others come once. */
const POPULAR = 60;
const ENTRIES = 80;
/** Above the size from which the digests of inputs are remembered. */
const LARGE_BYTES = 300_000;

const tally = { hit: 0, miss: 0, failed: 0, prunes: 0, verifies: 0, rewrites: 0 };
/** @type {string[]} */
const wrong = [];
process.on("warning", ({ message }) => void wrong.push(`warning: ${message}`));
let stopping = false;
// Without the one who started it, nobody would stop it.
process.on("disconnect", () => (stopping = true));
process.on("message", (message) => {
  if (message === "stop") stopping = true;
  else process.send?.({ tally, wrong });
});

const runner = new CachingRunner({ base: new LocalRunner({ dataDir: path.join(dir, "runs") }), cacheDir });
const cache = openCache(cacheDir, { create: true });
await Promise.all([work("a"), work("b")]);
process.send?.({ tally, wrong }, () => process.disconnect());

/** @param {string} loop */
async function work(loop) {
  while (!stopping) {
    const dice = Math.random();
    if (dice < 0.005) await prune();
    else if (dice < 0.007) await verify();
    else if (dice < 0.02) await fail();
    else if (dice < 0.1) await callOnce(path.join(dir, "in", `large-${name}-${loop}`));
    else if (dice < 0.15) callBlocking();
    else await callPopular();
    // Long enough for the machine's other work; the number of calls matters, not their rate.
    await sleep(Math.random() * 20);
  }
}

/** At most so many keys are in use, of eight inputs that never change. */
async function callPopular() {
  const n = Math.floor(Math.random() * POPULAR);
  const input = path.join(dir, "in", String(n % 8));
  check(await exec(input, String(n)), `${readFileSync(input, "utf8")}${n}\n`);
}

/**
 * An input that nobody saw before, and of which the digest is remembered.
 * @param {string} file
 */
async function callOnce(file) {
  const content = `${Math.random()} `.repeat(LARGE_BYTES).slice(0, LARGE_BYTES);
  writeFileSync(file, content);
  tally.rewrites += 1;
  check(await exec(file, "once"), `${content}once\n`);
}

/** @param {string} input @param {string} text */
function exec(input, text) {
  return runner.exec({ id: "1", name: "soak" }, (io) => [tool, io.input(input), text, io.output("out.txt")]);
}

/** As generated wrappers call: nothing else of this process goes on meanwhile. */
function callBlocking() {
  const n = Math.floor(Math.random() * POPULAR);
  const input = path.join(dir, "in", String(n % 8));
  const execution = runner.startExecution({ id: "1", name: "soak", package: "soak" });
  execution.params({ n });
  const file = execution.inputFile(input);
  const output = execution.outputFile("out.txt");
  execution.run([tool, file, String(n), "out.txt"]);
  if (readFileSync(output, "utf8") !== `${readFileSync(input, "utf8")}${n}\n`) wrong.push(`blocking call ${n}`);
}

async function fail() {
  try {
    await runner.exec({ id: "1", name: "soak" }, (io) => [tool, io.input(path.join(dir, "in/0")), "fail"]);
    wrong.push("a tool that fails was served");
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    tally.failed += 1;
  }
}

async function prune() {
  await cache.prune({ maxEntries: ENTRIES, keepUsedWithinMs: 10_000 });
  tally.prunes += 1;
}

async function verify() {
  await cache.verify({
    onFinding: ({ key, verdict, details }) => {
      // Detached results are no entries; what is pruned at this moment is half there.
      if (verdict !== "incomplete") wrong.push(`verify: ${key} ${verdict}: ${details.join(", ")}`);
    },
  });
  tally.verifies += 1;
}

/** @param {import("@runcache/core").ExecResult} result @param {string} expected */
function check(result, expected) {
  if (result.status === "hit") tally.hit += 1;
  else tally.miss += 1;
  const got = readFileSync(result.output("out.txt"), "utf8");
  if (got !== expected) wrong.push(`${result.status} ${result.key} holds ${JSON.stringify(got.slice(0, 80))}`);
}
