import { execFile } from "node:child_process";
import { truncateSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { blake3Wasm } from "@runcache/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const script = fileURLToPath(new URL("digest-files.mjs", import.meta.url));
const MEBIBYTE = 1024 * 1024;
const noCores = requireOrSkip("a second core", () => (availableParallelism() > 1 ? null : "there is one core only"));

interface Outcome {
  readonly digests: readonly string[];
  readonly error: { readonly code: string; readonly path: string } | null;
  readonly helperCount: number;
}

let dir: TempDir;
let many: readonly string[];
let manyDigests: readonly string[];
let large: string;
let largeDigest: string;

beforeAll(async () => {
  dir = await tempDir("parallel");
  const lengths = Array.from({ length: 250 }, (_, index) => MEBIBYTE + index);
  many = lengths.map((length, index) => sparseFile(`file-${index}`, length));
  manyDigests = lengths.map((length) => blake3Wasm.hash(Buffer.alloc(length)));
  large = sparseFile("large", 300 * MEBIBYTE + 1);
  largeDigest = blake3Wasm.hash(Buffer.alloc(300 * MEBIBYTE + 1));
});
afterAll(() => dir[Symbol.asyncDispose]());

describe.each(["blocking", "unblocked"])("in a process that digests %s", (drive) => {
  test("many files give the digests that each gives by itself", async () => {
    const { digests, helperCount } = await digest("files", drive, "kept", many);
    expect(digests).toEqual(manyDigests);
    expect(helperCount).toBe(noCores ? 0 : availableParallelism() - 1);
  });

  test("many files give the same digests where every helper ends at once", async () => {
    expect((await digest("files", drive, "ended", many)).digests).toEqual(manyDigests);
  });

  test("a large file gives the digest of its content", async () => {
    const { digests, helperCount } = await digest("file", drive, "kept", [large]);
    expect(digests).toEqual([largeDigest]);
    expect(helperCount).toBe(drive === "blocking" && !noCores ? 1 : 0); // who does not block has the file read by Node
  });

  test("a missing file among many is named", async () => {
    const paths = many.with(200, dir.join("missing"));
    const { error } = await digest("files", drive, "kept", paths);
    expect(error).toEqual({ code: "ERR_RUNCACHE_INPUT_MISSING", path: dir.join("missing") });
  });

  test("little work is done without help", async () => {
    const paths = [sparseFile("small-1", 1000), sparseFile("small-2", 100_000)];
    const { digests, helperCount } = await digest("files", drive, "kept", paths);
    expect(digests).toEqual([1000, 100_000].map((length) => blake3Wasm.hash(Buffer.alloc(length))));
    expect(helperCount).toBe(0);
  });
});

function sparseFile(name: string, length: number): string {
  writeFileSync(dir.join(name), "");
  truncateSync(dir.join(name), length);
  return dir.join(name);
}

async function digest(form: string, drive: string, helpers: string, paths: readonly string[]): Promise<Outcome> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, form, drive, helpers, ...paths]);
  return JSON.parse(stdout) as Outcome;
}
