// Caches that earlier versions of runcache made are read for ever.
import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { exportOutputs, LAYOUT_VERSION, openCache, readStream, type Cache, type Entry } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { symlink } from "../kit/make-tree.js";
import { readTree } from "../kit/read-tree.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import { CALL, goldenCache } from "./golden-call.mjs";

const layouts = readdirSync(fileURLToPath(new URL("../golden", import.meta.url)))
  .map((name) => /^layout-(\d+)$/.exec(name)?.[1])
  .filter((layout) => layout !== undefined)
  .map(Number);

const IMAGE = "A PLAIN IMAGE\nOF TWO LINES\n";

test("every layout version up to this one has its golden cache", () => {
  expect(layouts.sort()).toEqual(Array.from({ length: LAYOUT_VERSION }, (_, index) => index + 1));
});

describe.each(layouts)("the golden cache of layout %i", (layout) => {
  let temp: TempDir;
  let cache: Cache;
  let entry: Entry;

  beforeEach(async () => {
    temp = await tempDir("golden");
    await cp(goldenCache(layout), temp.join("cache"), { recursive: true, verbatimSymlinks: true });
    cache = openCache(temp.join("cache"));
    const entries: Entry[] = [];
    for await (const found of cache.entries()) entries.push(found);
    expect(entries).toHaveLength(1);
    [entry] = entries as [Entry];
  });

  afterEach(() => temp[Symbol.asyncDispose]());

  test("serves the call that it was made by", async () => {
    const hit = await cache.compute(CALL, () => expect.fail("the function ran"));
    expect(hit).toMatchObject({ status: "hit", key: entry.key, savedMs: 1500 });
    expect(hit.value).toEqual({ converged: true, residual: 1e-7 });
    expect(hit.log().split("\n").slice(-2)).toEqual(["iteration 999", ""]);
    expect(readFileSync(hit.output("image.txt"), "utf8")).toBe(IMAGE);
  });

  test("is sound to the last byte", async () => {
    const report = await cache.verify();
    expect(report.byVerdict).toEqual({
      sound: 1,
      corrupt: 0,
      unlisted: 0,
      incomplete: 0,
      "unknown-version": 0,
      unreadable: 0,
    });
  });

  test("tells who made it, when, from what, and what it saved", () => {
    expect(entry.manifest).toMatchObject({
      tool: { ...CALL.tool, citations: ["A. Author, 2025"] },
      parts: { params: { params: { params: CALL.params } } },
      startedAt: "2025-01-01T00:00:00.000Z",
      durationMs: 1500,
      exitCode: 0,
      usage: { userMs: 1250.5, systemMs: 3 },
      parents: ["ab".repeat(32)],
      networkInputs: [0],
      user: null,
      host: null,
    });
    expect(readStream(entry, "stdout").toString()).toBe('{"converged":true,"residual":1e-7}');
    expect(readStream(entry, "stderr")).toHaveLength(13_890);
  });

  test("gives its outputs away", async () => {
    await exportOutputs(entry.dir, temp.join("out"));
    expect(await readTree(temp.join("out"))).toEqual({
      "image.txt": IMAGE,
      "empty.txt": "",
      "run.sh": "#!/bin/sh\nexit 0\n",
      deep: { link: symlink("er/größe.bin"), er: { "größe.bin": Buffer.of(0, 255, 10, 13) } },
    });
    accessSync(temp.join("out/run.sh"), constants.X_OK | constants.W_OK);
  });

  test("keeps its entry through a prune that is not about it", async () => {
    await cache.prune({ maxEntries: 1, keepUsedWithinMs: 0 });
    expect(existsSync(entry.dir)).toBe(true);
  });
});
