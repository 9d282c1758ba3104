import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import type { CacheKey } from "../types/brand.js";
import { processIdentity } from "../platform/process-identity.js";
import type { Entry } from "./entry.js";
import { evict } from "./evict.js";
import { entryDir, shardDir } from "./layout.js";
import { pin } from "./pin.js";
import type { PruneDecision, PruneOptions } from "./prune-options.js";
import { prune } from "./prune.js";
import { createStaging } from "./staging.js";
import { bump } from "./touch.js";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

/** An entry that was last used so many days ago. */
async function store(name: string, days: number, content = name, durationMs = 1000): Promise<Entry> {
  const entry = await rig.store({ "out.txt": content }, { key: keyOf(name), durationMs });
  age(entry.dir, days);
  return entry;
}

function age(dir: string, days: number): void {
  const seconds = (Date.now() - days * DAY_MS) / 1000;
  utimesSync(dir, seconds, seconds);
}

const there = (name: string): boolean => existsSync(entryDir(rig.root.dir, keyOf(name)));

const left = (...names: readonly string[]): string[] => names.filter(there);

/** Decisions by name of the entry. */
async function decisions(options: PruneOptions, names: readonly string[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const nameOf = (key: CacheKey): string => names.find((name) => keyOf(name) === key) ?? key;
  const onDecision = ({ key, action, reason }: PruneDecision): void =>
    void (found[nameOf(key)] = `${action}: ${reason}`);
  await prune(rig.root, { ...options, onDecision });
  return found;
}

describe("a prune", () => {
  test("by age takes what was not used for longer", async () => {
    for (const [name, days] of [
      ["old", 40],
      ["middle", 29],
      ["young", 2],
    ] as const)
      await store(name, days);
    const report = await prune(rig.root, { maxAgeMs: 30 * DAY_MS });
    expect(left("old", "middle", "young")).toEqual(["middle", "young"]);
    expect(report).toMatchObject({
      evicted: { entries: 1, inodes: 4, byReason: { age: 1, size: 0 } },
      kept: { entries: 2, byReason: { "within-limits": 2 } },
    });
    expect(report.evicted.sizeBytes).toBeGreaterThan(3);
  });

  test("by number takes what was not used for longest", async () => {
    for (const [name, days] of [
      ["b", 3],
      ["a", 4],
      ["c", 2],
    ] as const)
      await store(name, days);
    await prune(rig.root, { maxEntries: 1 });
    expect(left("a", "b", "c")).toEqual(["c"]);
  });

  test("by size takes no more than it must", async () => {
    for (const [name, days] of [
      ["a", 4],
      ["b", 3],
      ["c", 2],
    ] as const)
      await store(name, days, "x".repeat(100_000));
    await prune(rig.root, { maxSizeBytes: 250_000 });
    expect(left("a", "b", "c")).toEqual(["b", "c"]);
  });

  test("by inodes counts files, directories and links", async () => {
    for (const [name, days] of [
      ["a", 4],
      ["b", 3],
    ] as const)
      await store(name, days);
    await prune(rig.root, { maxInodes: 8 });
    expect(left("a", "b")).toEqual(["a", "b"]);
    await prune(rig.root, { maxInodes: 7 });
    expect(left("a", "b")).toEqual(["b"]);
  });

  test("by cost takes first what saves the least time for the room it takes", async () => {
    await store("cheap and large", 2, "x".repeat(100_000), 10);
    await store("dear and small", 30, "x", 100_000);
    await store("dear and large", 20, "x".repeat(100_000), 100_000);
    await prune(rig.root, { maxEntries: 2, by: "cost" });
    expect(left("cheap and large", "dear and small", "dear and large")).toEqual(["dear and small", "dear and large"]);
  });

  test("keeps pins and what is in use, and says of everything why it goes or stays", async () => {
    const names = ["pinned", "in use", "old", "new"];
    pin(rig.root, await store("pinned", 90));
    await store("in use", 0.9);
    await store("old", 90);
    await store("new", 2);
    const expected = {
      pinned: "keep: pinned",
      "in use": "keep: in-use",
      old: "evict: age",
      new: "keep: within-limits",
    };
    const options = { maxAgeMs: 30 * DAY_MS, maxSizeBytes: 1_000_000 };
    expect(await decisions({ ...options, dryRun: true }, names)).toEqual(expected);
    expect(left(...names)).toEqual(names);
    expect(await decisions(options, names)).toEqual(expected);
    expect(left(...names)).toEqual(["pinned", "in use", "new"]);
    await prune(rig.root, { maxEntries: 0 });
    expect(left(...names)).toEqual(["pinned", "in use"]);
    await prune(rig.root, { maxEntries: 0, keepUsedWithinMs: 0 });
    expect(left(...names)).toEqual(["pinned"]);
  });

  test("takes results without a manifest and half-deleted entries like any other", async () => {
    const entry = await store("half", 0);
    rmSync(`${entry.dir}/.runcache`, { recursive: true });
    age(entry.dir, 40);
    const report = await prune(rig.root, { maxAgeMs: 30 * DAY_MS, maxSizeBytes: 10 });
    expect(left("half")).toEqual([]);
    expect(report.evicted).toMatchObject({ entries: 1, sizeBytes: 4 });
  });

  test("touches nothing that has not the name of an entry, and follows no link", async () => {
    const { dir } = await store("a", 90);
    const precious = rig.temp.join("precious");
    mkdirSync(precious);
    writeFileSync(`${precious}/file`, "x");
    mkdirSync(`${rig.root.dir}/notes`);
    mkdirSync(`${shardDir(rig.root.dir, keyOf("a"))}/notes`);
    symlinkSync(precious, entryDir(rig.root.dir, keyOf("a")).replace(/.$/, "0").replace(/..$/, "00"));
    renameSync(dir, `${rig.root.dir}/notes/${keyOf("a")}`); // a key, but not in its shard
    symlinkSync(precious, `${rig.root.dir}/zz`);
    age(`${rig.root.dir}/notes`, 90);
    await prune(rig.root, { maxEntries: 0, keepUsedWithinMs: 0 });
    expect(readdirSync(precious)).toEqual(["file"]);
    expect(existsSync(`${rig.root.dir}/notes/${keyOf("a")}/out.txt`)).toBe(true);
    expect(readdirSync(shardDir(rig.root.dir, keyOf("a")))).toHaveLength(2);
  });

  test("removes shards that it emptied", async () => {
    await store("a", 90);
    await prune(rig.root, { maxEntries: 0 });
    expect(readdirSync(rig.root.dir).filter((name) => /^[0-9a-f]{2}$/.test(name))).toEqual([]);
  });

  test("clears away what dead processes left, and nothing else", async () => {
    const dead = createStaging(rig.root);
    writeFileSync(`${dead.dir}/owner`, JSON.stringify({ ...processIdentity(), pid: spawnSync("true").pid }));
    const alive = createStaging(rig.root);
    expect((await prune(rig.root, { dryRun: true })).swept).toBeNull();
    expect((await prune(rig.root)).swept).toEqual({ staging: 1, trash: 0, drafts: 0, locks: 0 });
    expect(existsSync(alive.dir)).toBe(true);
  });

  test("stops when it is told to", async () => {
    await store("a", 90);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(prune(rig.root, { maxEntries: 0, signal })).rejects.toThrow("enough");
    expect(left("a")).toEqual(["a"]);
  });
});

describe("evicting an entry that was judged", () => {
  const judged = Math.floor(Date.now() / 1000) * 1000 - DAY_MS; // a time that utimes sets exactly

  async function place(name = "a"): Promise<Entry> {
    const entry = await store(name, 0);
    utimesSync(entry.dir, judged / 1000, judged / 1000);
    return entry;
  }

  test("takes it", async () => {
    const entry = await place();
    expect(evict(rig.root, entry, judged)).toBe("evicted");
    expect(there("a")).toBe(false);
  });

  test("leaves one that was used or pinned since", async () => {
    const used = await place("used");
    bump(used);
    expect(evict(rig.root, used, judged)).toBe("used");
    const pinned = await place("pinned");
    writeFileSync(`${pinned.dir}/.runcache/pin`, "");
    expect(evict(rig.root, pinned, judged)).toBe("pinned");
    expect(left("used", "pinned")).toEqual(["used", "pinned"]);
  });

  test("finds it gone without an error", async () => {
    const entry = await place();
    rmSync(entry.dir, { recursive: true });
    expect(evict(rig.root, entry, judged)).toBe("gone");
  });

  test("leaves what the storage does not let go", async () => {
    const entry = await place();
    spawnSync("chattr", ["+i", entry.dir.slice(0, -65)]);
    const frozen = (() => {
      try {
        mkdirSync(`${entry.dir.slice(0, -65)}/probe`);
        return false;
      } catch {
        return true;
      }
    })();
    try {
      if (frozen) expect(evict(rig.root, entry, judged)).toBe("stuck");
    } finally {
      spawnSync("chattr", ["-i", entry.dir.slice(0, -65)]);
    }
  });
});
