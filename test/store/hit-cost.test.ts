// What a hit asks of the system, counted: time on a shared machine says little, calls say all.
import { execFile } from "node:child_process";
import { statfsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { countingToolProgram } from "../kit/counting-tool.js";
import { onPath } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

/** Nine megabytes that were there before the test: the ledger does not trust the times of young files. */
const LARGE = createRequire(import.meta.url).resolve("typescript");

const noStrace = requireOrSkip("strace", onPath("strace"));
const noLedger = requireOrSkip("a ledger of the working copy", () => {
  const trusted = new Set([0xef53, 0x58465342, 0x9123683e, 0x794c7630]); // ext4, xfs, btrfs, overlay
  return trusted.has(statfsSync(LARGE).type) ? null : `times on the file system of ${LARGE} are not relied on`;
});
const program = fileURLToPath(new URL("hits.mjs", import.meta.url));
const run = promisify(execFile);

/** Everything that concerns files; what the runtime does with memory and threads is not ours. */
const TRACED = "%file,read,pread64,write,pwrite64,close,fstat";

let temp: TempDir;

beforeAll(async () => {
  temp = await tempDir();
  await writeFile(temp.join("small.txt"), "x");
});

afterAll(() => temp[Symbol.asyncDispose]());

/** Makes `calls` calls of which all but the first are hits; `prefix` goes in front of the command. */
async function makeCalls(calls: number, input: string, prefix: readonly string[] = []): Promise<number> {
  const command = [process.execPath, program, temp.join("cache"), input, countingToolProgram, String(calls)];
  const [file = "", ...args] = [...prefix, ...command];
  // One directory to search for the tool; no system calls that strace cannot see.
  const env = { PATH: "/usr/bin", XDG_CACHE_HOME: temp.join("xdg"), UV_USE_IO_URING: "0" };
  return Number((await run(file, args, { env })).stdout);
}

/** System calls of the main thread in a process that makes `hits` hits. */
async function callsOf(hits: number, input: string): Promise<number> {
  const summary = temp.join("summary");
  expect(await makeCalls(hits, input, ["strace", "-c", "-o", summary, "-e", `trace=${TRACED}`])).toBe(hits);
  const total = (await readFile(summary, "utf8")).split("\n").find((line) => line.endsWith(" total"));
  return Number(total?.trim().split(/\s+/)[3]);
}

async function callsOfOneHit(input: string): Promise<number> {
  const [few, many] = [20, 60];
  return ((await callsOf(many, input)) - (await callsOf(few, input))) / (many - few);
}

describe.skipIf(noStrace || noLedger)("a hit with six outputs and two streams", () => {
  test.each([
    // Of the manifest 3, outputs 6, executable 4, pin and time 2; the rest is the input's. Seen: 25 and 19.
    ["a small input, which is read again,", () => temp.join("small.txt"), 27],
    ["a large input, which is not,", () => LARGE, 21],
  ])("with %s costs no more system calls than it has to", async (_, path, most) => {
    await makeCalls(2, path()); // the entry, and a ledger that knows the files
    const calls = await callsOfOneHit(path());
    expect(calls).toBeGreaterThan(5); // else they were not counted
    expect(calls).toBeLessThanOrEqual(most);
  });
});
