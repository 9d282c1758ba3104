import { statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { Digests } from "../hashing/digests.js";
import { Filesystems } from "../hashing/filesystems.js";
import { fingerprintOf } from "../hashing/fingerprint.js";
import { Ledger } from "../hashing/ledger.js";
import { resolvePolicy } from "../key/policy.js";
import { runBlocking } from "../platform/flow.js";
import type { CacheContext } from "./cache-context.js";
import { digestInputs, firstChanged, type DigestedInput } from "./digest-inputs.js";

let dir: TempDir;
let file: string;

beforeEach(async () => {
  dir = await tempDir("inputs");
  file = dir.join("in.txt");
  writeFileSync(file, "before");
});
afterEach(() => dir[Symbol.asyncDispose]());

/** Inputs are looked at so long after the last change of `file`. */
function contextLater(seconds: number, filesystem = "ext4"): CacheContext {
  const nowNs = statSync(file, { bigint: true }).ctimeNs + BigInt(Math.round(seconds * 1000)) * 1_000_000n;
  const ledger = new Ledger({
    filesystems: new Filesystems(new Set(), () => filesystem),
    store: null,
    nowNs: () => nowNs,
  });
  return { policy: resolvePolicy(undefined), digests: new Digests({ ledger }) } as CacheContext;
}

function digested(context: CacheContext): DigestedInput {
  const given = { given: file, hostPath: file, toolPath: file, resolveParent: false, mutable: false };
  const [input] = runBlocking(digestInputs(context, [given]));
  return input as DigestedInput;
}

/** `input` after a change that left its file in the state it had: within one tick of the clock that stamps files. */
function changedUnseen(input: DigestedInput): DigestedInput {
  writeFileSync(file, "behind");
  return { ...input, fingerprint: fingerprintOf(statSync(file, { bigint: true })) };
}

describe("an input in the state it was hashed in", () => {
  test.each([
    ["0.1 s after its last change", 0.1, "ext4"],
    ["59 s, where the clock of a server stamps files", 59, "nfs"],
  ])("is read again where that was %s", (_, seconds, filesystem) => {
    const context = contextLater(seconds, filesystem);
    const input = digested(context);
    expect(runBlocking(firstChanged(context, [input]))).toBeUndefined();
    const changed = changedUnseen(input);
    expect(runBlocking(firstChanged(context, [changed]))).toBe(changed);
  });

  test("is taken at its word where it was old: reading it twice would tell nothing more", () => {
    const context = contextLater(3);
    expect(runBlocking(firstChanged(context, [changedUnseen(digested(context))]))).toBeUndefined();
  });

  test("is read again where its times lie in the future", () => {
    const context = contextLater(-60);
    const changed = changedUnseen(digested(context));
    expect(runBlocking(firstChanged(context, [changed]))).toBe(changed);
  });
});
