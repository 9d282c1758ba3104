// @ts-check
// Hashing where the native module is missing, against the bare library on bytes that are in memory already.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";
import { blake3Wasm, Digests, runBlocking } from "@runcache/core";
import { makeFile } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";

const TITLE = "without the native module: speed against `blake3-wasm` alone on a buffer";

export const rows = [
  { id: "wasm-file", title: `${TITLE}, one file of 256 MiB`, target: { least: 0.9 } },
  { id: "wasm-files", title: `${TITLE}, 64 files of 4 MiB`, target: { least: 1.6 } },
];

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const sizeBytes = smoke ? 2 ** 22 : 2 ** 28;
  const one = makeFile(path.join(dir, "one.bin"), sizeBytes);
  const many = Array.from({ length: 64 }, (_, n) => makeFile(path.join(dir, `${n}.bin`), sizeBytes / 64));
  const content = readFileSync(one);
  const library = bareLibrary();
  const digest = (/** @type {readonly string[]} */ files) =>
    runBlocking(new Digests({ hasher: blake3Wasm, ledger: null }).files(files));
  expect("digest", digest([one])[0]?.digest, `b3:${library.hash(content).toString("hex")}`);

  const bare = () => timed(() => library.hash(content));
  const file = await pairs(() => timed(() => digest([one])), bare, { count });
  const files = await pairs(() => timed(() => digest(many)), bare, { count });
  return [
    { id: "wasm-file", values: ratios(file.b, file.a), figures: figures(file) },
    { id: "wasm-files", values: ratios(files.b, files.a), figures: figures(files) },
  ];
}

/** @param {{ a: number[], b: number[] }} times */
function figures({ a, b }) {
  return [
    { name: "runcache", unit: "ms", values: a },
    { name: "blake3-wasm", unit: "ms", values: b },
  ];
}

/**
 * The library that core depends on.
 * @returns {{ hash(bytes: Uint8Array): Buffer }}
 */
function bareLibrary() {
  const { hash } = createRequire(import.meta.resolve("@runcache/core"))("blake3-wasm");
  return { hash: (bytes) => hash(bytes) };
}
