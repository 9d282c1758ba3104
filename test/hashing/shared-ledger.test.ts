import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { blake3Wasm } from "@runcache/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const script = fileURLToPath(new URL("use-ledger.mjs", import.meta.url));

// The ledger relies on file times of local disks only; `ext2/ext3` is what stat calls ext4 too.
const noTimes = requireOrSkip("a ledger of the temporary directory", () => {
  if (process.platform !== "linux") return "the ledger is for Linux";
  const kind = execFileSync("stat", ["-f", "-c", "%T", tmpdir()], { encoding: "utf8" }).trim();
  return ["ext2/ext3", "xfs", "btrfs", "overlayfs"].includes(kind) ? null : `${tmpdir()} lies on ${kind}; set TMPDIR`;
});

let dir: TempDir;
beforeEach(async () => {
  dir = await tempDir("shared-ledger");
});
afterEach(() => dir[Symbol.asyncDispose]());

interface Found {
  readonly digest: string;
  readonly origin: string;
}

test.skipIf(noTimes)("what one process has hashed, another does not read again", async () => {
  const path = sparseFile("output", 300_000);
  const digest = blake3Wasm.hash(Buffer.alloc(300_000));
  expect(await use("outputs", [path])).toEqual([{ digest, origin: "read" }]);
  expect(await use("files", [path])).toEqual([{ digest, origin: "ledger" }]);
  appendFileSync(path, "x");
  const changed = blake3Wasm.hash(Buffer.concat([Buffer.alloc(300_000), Buffer.from("x")]));
  expect(await use("files", [path])).toEqual([{ digest: changed, origin: "read" }]);
});

test.skipIf(noTimes)("processes that write the ledger at the same time lose nothing", async () => {
  const lengths = Array.from({ length: 600 }, (_, index) => 262_144 + index);
  const paths = lengths.map((length) => sparseFile(`${length}`, length));
  const writers = Array.from({ length: 4 }, (_, writer) => paths.filter((_, index) => index % 4 === writer));
  await Promise.all(writers.map((files) => use("outputs", files)));
  const expected = lengths.map((length) => ({ digest: blake3Wasm.hash(Buffer.alloc(length)), origin: "ledger" }));
  expect(await use("files", paths)).toEqual(expected);
});

test.skipIf(noTimes)("a ledger that is garbage costs time and nothing else", async () => {
  const path = sparseFile("output", 300_000);
  const [before] = await use("outputs", [path]);
  const ledger = dir.join("cache/runcache/ledger/v1");
  for (const file of readdirSync(ledger)) writeFileSync(`${ledger}/${file}`, Buffer.alloc(1000, file));
  expect(await use("files", [path])).toEqual([{ digest: before?.digest, origin: "read" }]);
});

function sparseFile(name: string, length: number): string {
  writeFileSync(dir.join(name), "");
  truncateSync(dir.join(name), length);
  return dir.join(name);
}

async function use(role: string, paths: readonly string[]): Promise<readonly Found[]> {
  const env = { ...process.env, XDG_CACHE_HOME: dir.join("cache") };
  const { stdout } = await promisify(execFile)(process.execPath, [script, role, ...paths], {
    env,
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout) as Found[];
}
