// Where one file system is mounted twice, a rename from one mount to the other is refused (FAULTS row 14).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { openCache } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeRig, METADATA, type Rig } from "../caching/rig.js";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";

const noMounts =
  requireOrSkip("Linux", probes.linux) ||
  requireOrSkip("bind mounts", () => (spawnSync("unshare", ["--mount", "true"]).status === 0 ? null : "needs root"));

let rig: Rig;
const mounted: string[] = [];

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  for (const dir of mounted.splice(0)) spawnSync("umount", [dir]);
  await rig[Symbol.asyncDispose]();
});

/** Makes the directory `name` of the cache a mount of its own. */
function mountApart(name: string): void {
  const dir = path.join(rig.cacheDir, name);
  mkdirSync(dir, { recursive: true });
  expect(spawnSync("mount", ["--bind", dir, dir]).status).toBe(0);
  mounted.push(dir);
}

describe.skipIf(noMounts)("a cache whose shards are mounts of their own", () => {
  const out = (): string => readFileSync(rig.call(rig.runner()).outputs[0] ?? "", "utf8");

  test("stores a copy, hits it, and replaces it", async () => {
    rig.call(rig.runner(), { params: { other: 1 } });
    const key = rig.of("stored")[0]?.key ?? "";
    openCache(rig.cacheDir).remove(key);
    mountApart(key.slice(0, 2));
    const again = rig.call(rig.runner(), { params: { other: 1 } });
    expect(rig.of("not-stored")).toEqual([]);
    rig.call(rig.runner(), { params: { other: 1 } });
    expect(await rig.tool.count()).toBe(2);
    expect(readFileSync(again.outputs[0] ?? "", "utf8")).toBe("one\n");
    expect(readdirSync(path.join(rig.cacheDir, key.slice(0, 2)))).toEqual([key]);

    process.env["RUNCACHE"] = "refresh";
    try {
      rig.call(rig.runner(), { params: { other: 1 } });
    } finally {
      delete process.env["RUNCACHE"];
    }
    expect(await rig.tool.count()).toBe(3);
    const report = await openCache(rig.cacheDir).verify();
    expect(report.byVerdict).toMatchObject({ sound: 1, corrupt: 0, incomplete: 0 });
    expect(readdirSync(path.join(rig.cacheDir, key.slice(0, 2)))).toEqual([key]);
    await openCache(rig.cacheDir).prune({ maxEntries: 0, keepUsedWithinMs: 0 });
    expect(existsSync(again.root)).toBe(false);
  });

  test("delivers what cannot be stored where it was announced", () => {
    const { root } = rig.call(rig.runner(), { metadata: METADATA });
    const shard = path.basename(path.dirname(root));
    openCache(rig.cacheDir).remove(path.basename(root));
    mountApart(shard);
    const announced = rig.call(rig.runner(), {
      args: ([first]) => ["--copy", first ?? "", "out.txt", "--append", first ?? "", "x"],
    });
    expect(rig.of("not-stored")).toMatchObject([{ reason: "input-changed" }]);
    expect(readFileSync(announced.outputs[0] ?? "", "utf8")).toBe("one\n");
    expect(out()).toBe("one\nx\n");
  });
});
