import { mkdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf, makeFacts, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { cacheStats } from "./cache-stats.js";
import { pin } from "./pin.js";

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

const tool = (name: string): { metadata: { id: string; package: string; name: string } } => ({
  metadata: { ...makeFacts().metadata, name },
});

describe("the statistics of a cache", () => {
  test("of an empty one are nothing", async () => {
    expect(await cacheStats(rig.root)).toEqual({
      ...{ entries: 0, sizeBytes: 0, inodes: 0, savesMs: 0, byTool: new Map() },
      ...{ pinned: 0, incomplete: 0, oldestUseMs: null, newestUseMs: null, staging: 0, trash: 0 },
    });
  });

  test("count entries, room and what a hit of each saves, by tool", async () => {
    await rig.store({ "a.bin": Buffer.alloc(1000) }, { key: keyOf("1"), durationMs: 500, ...tool("blur") });
    await rig.store({ "b.bin": Buffer.alloc(2000) }, { key: keyOf("2"), durationMs: 700, ...tool("blur") });
    await rig.store({ sub: { "c.bin": Buffer.alloc(10) } }, { key: keyOf("3"), durationMs: 1, ...tool("sharpen") });
    const { byTool, ...all } = await cacheStats(rig.root);
    expect(all).toMatchObject({ entries: 3, savesMs: 1201, inodes: 4 + 4 + 5 });
    expect(byTool.get("demo/blur")).toMatchObject({ entries: 2, savesMs: 1200, inodes: 8 });
    expect(byTool.get("demo/sharpen")).toMatchObject({ entries: 1, savesMs: 1, inodes: 5 });
    const [blur, sharpen] = [byTool.get("demo/blur")?.sizeBytes ?? 0, byTool.get("demo/sharpen")?.sizeBytes ?? 0];
    expect(blur).toBeGreaterThan(3000); // manifests count too
    expect(all.sizeBytes).toBe(blur + sharpen);
  });

  test("tell the oldest and the newest use, and leave pins out of that", async () => {
    const times = [new Date("2025-03-01"), new Date("2025-05-01"), new Date("2025-04-01")];
    for (const [index, time] of times.entries()) {
      const { dir } = await rig.store({ "out.txt": "x" }, { key: keyOf(String(index)) });
      utimesSync(dir, time, time);
    }
    pin(rig.root, await rig.store({ "out.txt": "x" }, { key: keyOf("pinned") }));
    expect(await cacheStats(rig.root)).toMatchObject({
      entries: 4,
      pinned: 1,
      oldestUseMs: Date.UTC(2025, 2, 1),
      newestUseMs: Date.UTC(2025, 4, 1),
    });
  });

  test("tell what is no entry: half ones, runs under way, what is on its way out", async () => {
    mkdirSync(join(rig.root.dir, "ab", "ab".repeat(32)), { recursive: true });
    mkdirSync(join(rig.root.dir, ".trash", "some"), { recursive: true });
    const staging = await rig.run({});
    expect(await cacheStats(rig.root)).toMatchObject({ entries: 0, incomplete: 1, staging: 1, trash: 1 });
    staging.discard();
    expect(await cacheStats(rig.root)).toMatchObject({ staging: 0 });
  });
});
