import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { collectWarnings } from "../kit/warnings.js";
import { makeRig, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rig[Symbol.asyncDispose]();
});

const out = (announced: { outputs: readonly string[] }): string => readFileSync(announced.outputs[0] ?? "", "utf8");

describe("the cache root", () => {
  test("that is a file makes runs uncached, with one coded warning", async () => {
    writeFileSync(rig.cacheDir, "in the way");
    using collected = collectWarnings();
    const { warnings } = collected;
    const runner = rig.runner();
    expect(out(rig.call(runner))).toBe("one\n");
    expect(out(rig.call(runner))).toBe("one\n");
    await new Promise(setImmediate);
    expect(await rig.tool.count()).toBe(2);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({
      name: "RuncacheWarning",
      code: expect.stringMatching(/^ERR_RUNCACHE_/) as string,
    });
    expect(readFileSync(rig.cacheDir, "utf8")).toBe("in the way");
  });

  test("under a path with spaces and Unicode simply works", async () => {
    const base = new LocalRunner({ dataDir: rig.temp.join("runs") });
    const runner = new CachingRunner({ base, cacheDir: rig.temp.join("käche dir/ünï 缓存") });
    rig.call(runner);
    expect(out(rig.call(runner))).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test("that was removed between two runs is made again", async () => {
    const runner = rig.runner();
    rig.call(runner);
    rmSync(rig.cacheDir, { recursive: true, force: true });
    expect(out(rig.call(runner))).toBe("one\n");
    expect(existsSync(path.join(rig.cacheDir, ".runcache.json"))).toBe(true);
    rig.call(runner);
    expect(await rig.tool.count()).toBe(2);
  });
});
