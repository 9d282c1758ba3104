import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { openCache, type VerifyFinding } from "@runcache/core";
import { expect } from "vitest";
import { readTree } from "../kit/read-tree.js";

/**
 * What holds after every fault (FAULTS §2): every entry that can be seen is complete and right (I1, I2),
 * the inputs are as they were (I4), nothing lies where it should not (I5), and what a crash left is where
 * it is swept (I6).
 */
export async function assertInvariants(cacheDir: string, inputs: Watched): Promise<void> {
  expect(await inputs.digest(), "inputs are untouched (I4)").toBe(inputs.before);
  // Without its marker it is no cache yet, and nobody looks anything up in it.
  if (!existsSync(path.join(cacheDir, ".runcache.json"))) return;
  const findings: VerifyFinding[] = [];
  await openCache(cacheDir).verify({ onFinding: (finding) => void findings.push(finding) });
  // A directory without a valid manifest is no entry for anybody: a detached result, a half-deleted one.
  const seen = findings.filter(({ verdict }) => verdict !== "incomplete");
  expect(seen, "every visible entry is whole (I1, I2)").toEqual([]);
  for (const name of readdirSync(cacheDir)) expect(name, "only names of the layout (I5)").toMatch(LAYOUT_NAME);
}

const LAYOUT_NAME = /^(?:[0-9a-f]{2}|\.(?:incoming|trash|locks|recent|stats)|\.runcache\.json.*|CACHEDIR\.TAG.*)$/;

/** Names in `.incoming`: empty once everything has ended well. */
export function stagingLeft(cacheDir: string): string[] {
  const dir = path.join(cacheDir, ".incoming");
  return existsSync(dir) ? readdirSync(dir) : [];
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

/** The lines that the tool's count file holds. */
export function executions(countFile: string): number {
  return existsSync(countFile) ? readFileSync(countFile, "utf8").split("\n").length - 1 : 0;
}
