// The owner's cron job is a contract: the three `find` commands of the README, at any moment.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openCache, type CachingRunner, type ExecResult } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeRig, type Rig } from "../caching/rig.js";
import { openGate } from "../kit/gate.js";
import { backdate, documentedPurge, purge, purgeInALoop } from "./purge.js";

let rig: Rig;
let runner: CachingRunner;

beforeEach(async () => {
  rig = await makeRig();
  runner = rig.runner();
});

afterEach(() => rig[Symbol.asyncDispose]());

/** One call of the tool; another `name` is another key. */
function exec(name: string, ...args: readonly string[]): Promise<ExecResult> {
  return runner.exec({ id: "1", name: "tool" }, () => [rig.tool.path, "--write", "out.txt", name, ...args]);
}

test("the README shows the three commands", () => {
  expect(documentedPurge()).toHaveLength(3);
});

describe("the documented find commands", () => {
  test("take the entries that were not used for a month, and no others", async () => {
    for (const name of ["unused", "used", "pinned", "new"]) await exec(name);
    const dirs = new Map<string, string>();
    for (const name of ["unused", "used", "pinned", "new"]) dirs.set(name, (await exec(name)).outputDir);
    openCache(rig.cacheDir).pin(path.basename(dirs.get("pinned") ?? ""));
    backdate(dirs.get("unused") ?? "", 32);
    backdate(dirs.get("used") ?? "", 32);
    await exec("used");
    purge(rig.cacheDir);
    expect([...dirs].filter(([, dir]) => existsSync(dir)).map(([name]) => name)).toEqual(["used", "pinned", "new"]);
    for (const name of dirs.keys()) await exec(name);
    expect(await rig.tool.count()).toBe(5); // each once, and the unused one again
  });

  test("take an unpinned entry again", async () => {
    const { outputDir, key } = await exec("once pinned");
    const cache = openCache(rig.cacheDir);
    cache.pin(key ?? "");
    cache.unpin(key ?? "");
    purge(rig.cacheDir);
    expect(existsSync(outputDir)).toBe(true); // as used now
    backdate(outputDir, 32);
    purge(rig.cacheDir);
    expect(existsSync(outputDir)).toBe(false);
  });

  test("leave no empty shard behind, and the next call makes what it needs", async () => {
    const { outputDir } = await exec("only");
    backdate(outputDir, 32);
    purge(rig.cacheDir);
    purge(rig.cacheDir); // the second command saw the shard before it was empty, or after
    expect(readdirSync(rig.cacheDir).filter((name) => !name.startsWith("."))).toEqual(["CACHEDIR.TAG"]);
    expect((await exec("only")).stored).toBe(true);
    expect((await exec("only")).status).toBe("hit");
  });

  test("leave a call alone that has been running for days", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const running = exec("slow", "--gate", gate.dir);
    await gate.arrived();
    const [staging = ""] = readdirSync(path.join(rig.cacheDir, ".incoming"));
    for (const name of ["out", "owner"]) backdate(path.join(rig.cacheDir, ".incoming", staging, name), 3);
    purge(rig.cacheDir);
    gate.release();
    const result = await running;
    expect(result.stored).toBe(true);
    expect(readFileSync(result.output("out.txt"), "utf8")).toBe("slow\n");
  });

  test("take what a dead process left a day ago", async () => {
    await exec("first");
    const abandoned = path.join(rig.cacheDir, ".incoming", "0".repeat(32));
    mkdirSync(path.join(abandoned, "out"), { recursive: true });
    writeFileSync(path.join(abandoned, "out", "half"), "x");
    backdate(abandoned, 2.5);
    purge(rig.cacheDir);
    expect(existsSync(abandoned)).toBe(false);
  });

  test("running all the time, disturb no call", async () => {
    await using loop = purgeInALoop(rig.cacheDir);
    const names = Array.from({ length: 40 }, (_, index) => `call ${index}`);
    for (const name of names) {
      const result = await exec(name);
      expect(readFileSync(result.output("out.txt"), "utf8")).toBe(`${name}\n`);
      expect(result.stored).toBe(true);
      backdate(result.outputDir, 32);
    }
    expect(loop.rounds).toBeGreaterThan(1);
    expect(rig.of("trouble")).toEqual([]);
    expect(rig.of("corrupt")).toEqual([]);
    expect(await rig.tool.count()).toBe(names.length);
  });
});
