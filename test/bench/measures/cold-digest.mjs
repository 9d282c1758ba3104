// @ts-check
// Content that the ledger does not know, in the page cache, against b3sum on all cores.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Digests, runBlocking } from "@runcache/core";
import { makeFile } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";

export const rows = [
  { id: "digest-file", title: "cold digest of one 1 GiB file: speed against `b3sum`", target: { least: 0.8 } },
  { id: "digest-files", title: "cold digest of 64 × 16 MiB files: speed against `b3sum`", target: { least: 1.0 } },
  {
    id: "digest-tree",
    title: "cold digest of a tree of 10,000 × 1 KiB files: time against `b3sum` of the same files",
    target: { most: 1.0 },
  },
];

const FIRST_CALL = fileURLToPath(new URL("../lib/first-digest.mjs", import.meta.url));

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure(bench) {
  const b3sum = bench.peer("b3sum").command;
  const results = [];
  for (const { id, subject, paths } of subjects(bench)) {
    expectSameDigests(bench, b3sum, paths);
    const { a: ours, b: theirs } = await pairs(
      () => timed(() => digest(subject)),
      () => timed(() => spawnSync(b3sum, paths, { cwd: bench.dir })),
      { count: bench.count, warmups: 2 },
    );
    const first = Array.from({ length: bench.smoke ? 1 : 7 }, () => firstCall(subject));
    results.push({
      id,
      values: id === "digest-tree" ? ratios(ours, theirs) : ratios(theirs, ours),
      figures: [
        { name: "runcache", unit: "ms", values: ours },
        { name: "the first call of a process", unit: "ms", values: first },
        { name: "b3sum", unit: "ms", values: theirs },
      ],
    });
  }
  return results;
}

/**
 * What is digested: files, or the tree at a directory.
 * @typedef {{ files: readonly string[] } | { tree: string }} Subject
 */

/**
 * @param {import("../lib/bench.mjs").Bench} bench
 * @returns {{ id: string, subject: Subject, paths: string[] }[]} `paths`: the same for b3sum, relative to the bench's directory
 */
function subjects({ dir, smoke }) {
  const make = (/** @type {string[]} */ names, /** @type {number} */ sizeBytes) => {
    for (const name of names) makeFile(path.join(dir, name), sizeBytes);
    return names;
  };
  const large = make(["large.bin"], smoke ? 2 ** 21 : 2 ** 30);
  const many = make(
    numbered(smoke ? 4 : 64, (n) => `many/${n}.bin`),
    smoke ? 2 ** 20 : 2 ** 24,
  );
  const small = make(
    numbered(smoke ? 100 : 10_000, (n) => `tree/${n % 100}/${n}.txt`),
    2 ** 10,
  );
  const absolute = (/** @type {string[]} */ names) => names.map((name) => path.join(dir, name));
  return [
    { id: "digest-file", subject: { files: absolute(large) }, paths: large },
    { id: "digest-files", subject: { files: absolute(many) }, paths: many },
    { id: "digest-tree", subject: { tree: path.join(dir, "tree") }, paths: small },
  ];
}

/**
 * @param {number} count
 * @param {(n: number) => string} name
 */
function numbered(count, name) {
  return Array.from({ length: count }, (_, n) => name(n));
}

/** @param {Subject} subject */
function digest(subject) {
  const digests = new Digests({ ledger: null });
  runBlocking("tree" in subject ? digests.tree(subject.tree) : digests.files(subject.files));
}

/**
 * Milliseconds that the first digest of a fresh process takes, hasher and helpers still to be started.
 * @param {Subject} subject
 */
function firstCall(subject) {
  const { stdout } = spawnSync(process.execPath, [FIRST_CALL, JSON.stringify(subject)], { encoding: "utf8" });
  return Number.parseFloat(stdout);
}

/**
 * @param {import("../lib/bench.mjs").Bench} bench
 * @param {string} b3sum
 * @param {readonly string[]} paths
 */
function expectSameDigests({ dir, expect }, b3sum, paths) {
  const files = paths.map((name) => path.join(dir, name));
  const found = runBlocking(new Digests({ ledger: null }).files(files)).map(({ digest }) => digest.slice("b3:".length));
  const { stdout } = spawnSync(b3sum, ["--no-names", ...paths], { cwd: dir, encoding: "utf8", maxBuffer: 2 ** 26 });
  expect("digests", found.join("\n"), stdout.trim());
}
