import { createHash } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { openCache, type VerifyFinding } from "@runcache/core";
import { expect } from "vitest";
import { readTree } from "../kit/read-tree.js";

/**
 * What holds after every fault (FAULTS §2): every entry that can be seen is complete and right (I1, I2),
 * the inputs are as they were (I4), nothing lies where it should not (I5), what a crash left is where
 * it is swept (I6), and no run that failed was committed (I8). That the run's own result is delivered, whole
 * (I3, I7), is for the test that made the run: {@link oneCall} holds its output and streams against what they must be.
 */
export async function assertInvariants(cacheDir: string, inputs: Watched): Promise<void> {
  expect(await inputs.digest(), "inputs are untouched (I4)").toBe(inputs.before);
  // Without its marker it is no cache yet, and nobody looks anything up in it.
  if (!existsSync(path.join(cacheDir, ".runcache.json"))) return;
  const cache = openCache(cacheDir);
  const findings: VerifyFinding[] = [];
  await cache.verify({ onFinding: (finding) => void findings.push(finding) });
  // A directory without a valid manifest is no entry for anybody: a detached result, a half-deleted one.
  const seen = findings.filter(({ verdict }) => verdict !== "incomplete");
  expect(seen, "every visible entry is whole (I1, I2)").toEqual([]);
  for await (const { manifest } of cache.entries()) {
    expect(manifest.exitCode, "no failed run is an entry (I8)").toBe(0);
  }
  for (const name of readdirSync(cacheDir)) expect(name, "only names of the layout (I5)").toMatch(LAYOUT_NAME);
}

const LAYOUT_NAME = /^(?:[0-9a-f]{2}|\.(?:incoming|trash|locks|recent|stats)|\.runcache\.json.*|CACHEDIR\.TAG.*)$/;

/** Names in `.incoming`: empty once everything has ended well. */
export function stagingLeft(cacheDir: string): string[] {
  const dir = path.join(cacheDir, ".incoming");
  return existsSync(dir) ? readdirSync(dir) : [];
}

/** Host paths of what stands at the places of entries in the cache at the host path `cacheDir`. */
export function entryDirs(cacheDir: string): string[] {
  return readdirSync(cacheDir)
    .filter((name) => /^[0-9a-f]{2}$/.test(name))
    .flatMap((shard) => readdirSync(path.join(cacheDir, shard)).map((key) => path.join(cacheDir, shard, key)));
}

/** A directory whose content must not change. */
export interface Watched {
  readonly before: string;
  digest(): Promise<string>;
}

export async function watch(dir: string): Promise<Watched> {
  const digest = async (): Promise<string> =>
    createHash("sha256")
      .update(JSON.stringify(await readTree(dir, { modes: true })))
      .digest("hex");
  return { before: await digest(), digest };
}
