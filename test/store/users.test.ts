// Two users share a cache, each with an umask that would keep the other one out.
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { openCache } from "@runcache/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { makeTree } from "../kit/make-tree.js";
import { probes } from "../kit/probes.js";
import { showToAll, type Shown } from "../kit/show-to-all.js";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

const ALICE = { uid: 61_001, gid: 61_000 };
const BOB = { uid: 61_002, gid: 61_000 };
const EVE = { uid: 61_003, gid: 61_003 };

const noUsers = requireOrSkip("root", probes.root) || requireOrSkip("Linux", probes.linux);

let shown: Shown;

beforeAll(() => {
  if (!noUsers) shown = showToAll();
});

afterAll(() => {
  if (!noUsers) shown[Symbol.dispose]();
});

interface Answer {
  readonly result: { readonly status: string; readonly missReason: string; readonly entry: string } & number;
  readonly events: readonly string[];
}

let temp: TempDir;
let cacheDir: string;

beforeEach(async () => {
  temp = await tempDir("users");
  chmodSync(temp.path, 0o755);
  await makeTree(temp.path, { "in.txt": "one\n", team: {}, home: {} });
  chmodSync(temp.join("home"), 0o777);
  cacheDir = temp.join("team/cache");
});

afterEach(() => temp[Symbol.asyncDispose]());

/** What a process of `user` answers, whose warnings must be as expected. */
function as(user: typeof ALICE, action: string, warnings = /^$/): Answer {
  const home = temp.join("home", String(user.uid));
  const args = [
    shown.file("test/store/one-user.mjs"),
    cacheDir,
    temp.join("in.txt"),
    action,
    "077",
    path.join(home, "runs"),
  ];
  const env = { PATH: process.env["PATH"], HOME: home };
  const { stdout, stderr } = spawnSync(shown.node, args, { ...user, env, encoding: "utf8" });
  expect(stderr).toMatch(warnings);
  return JSON.parse(stdout) as Answer;
}

const entryOf = ({ result }: Answer): string => path.join(cacheDir, result.entry.slice(0, 2), result.entry);

const ageOf = (dir: string): number => Date.now() - statSync(dir).mtimeMs;

describe.skipIf(noUsers)("a cache in a setgid directory of a group", () => {
  beforeEach(() => {
    chownSync(temp.join("team"), 0, ALICE.gid);
    chmodSync(temp.join("team"), 0o2770);
  });

  test("one member's entry is a hit for another, whose hit counts as a use", () => {
    const first = as(ALICE, "call");
    expect(first).toMatchObject({ result: { status: "miss" }, events: ["miss", "stored"] });
    const dir = entryOf(first);
    utimesSync(dir, 1000, 1000);
    expect(as(BOB, "call")).toMatchObject({ result: { status: "hit" }, events: ["hit"] });
    expect(ageOf(dir)).toBeLessThan(60_000);
    expect(existsSync(path.join(dir, ".runcache.bump"))).toBe(false);
  });

  test("members add to the same shards, explain each other's misses, and prune each other's entries", () => {
    as(ALICE, "call");
    expect(as(BOB, "call another").result).toMatchObject({
      status: "miss",
      explanation: expect.stringContaining("params") as string,
    });
    expect(as(BOB, "prune").result).toBe(2);
    expect(as(ALICE, "call").result.status).toBe("miss");
  });

  test("nobody else can look into it: outsiders run uncached, with one warning", () => {
    const dir = entryOf(as(ALICE, "call"));
    expect(statSync(cacheDir).mode & 0o7777).toBe(0o2770);
    expect(statSync(path.join(dir, "out.txt"))).toMatchObject({ gid: ALICE.gid, mode: 0o100440 });
    const outside = as(EVE, "call", /^\(node:\d+\) \[ERR_RUNCACHE_ROOT_UNUSABLE\] [^\n]*EACCES/);
    expect(outside).toMatchObject({ result: { status: "bypass" }, events: ["trouble", "bypass"] });
  });
});

describe.skipIf(noUsers)("a cache that the world may read", () => {
  test("hits for others, who change nothing in it", () => {
    chmodSync(temp.join("team"), 0o777);
    openCache(cacheDir, { create: true, shared: "world-read" });
    chownSync(cacheDir, ALICE.uid, ALICE.gid);
    chmodSync(temp.join("team"), 0o755);
    const dir = entryOf(as(ALICE, "call"));
    utimesSync(dir, 1000, 1000);
    expect(as(EVE, "call")).toMatchObject({ result: { status: "hit" }, events: ["hit"] });
    expect(ageOf(dir)).toBeGreaterThan(60_000);
    expect(as(ALICE, "call").result.status).toBe("hit");
    expect(ageOf(dir)).toBeLessThan(60_000);
  });
});
