// What a run goes on doing after its end reaches nothing: no other run's entry, no file of the program.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CachingRunner, openCache, type Cache, type Execution, type RunResult } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;
let cache: Cache;
const opened: number[] = [];

beforeEach(async () => {
  rig = await makeRig();
  cache = openCache(rig.cacheDir, { create: true });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const fd of opened.splice(0)) closeSync(fd);
  await rig[Symbol.asyncDispose]();
});

const tool = { id: "1", name: "f" };

/** Opens more files than were closed before, and says what is in them once `act` has been called. */
function inFilesOpenedThen(act: () => void): string {
  const files = Array.from({ length: 64 }, (_, n) => rig.temp.join(`own-${n}`));
  opened.push(...files.map((file) => openSync(file, "w")));
  act();
  return files.map((file) => readFileSync(file, "utf8")).join("");
}

test("a function's late files are not in the entry of the next function", async () => {
  let late = "";
  await cache.compute({ tool, params: { n: 1 } }, ({ outputDir }) => ((late = outputDir), 1));
  const next = await cache.compute({ tool, params: { n: 2 } }, () => {
    expect(() => {
      writeFileSync(path.join(late, "late.txt"), "of the first");
    }).toThrow(/ENOENT/);
    return 2;
  });
  expect(next.stored).toBe(true);
  expect(readdirSync(next.outputDir)).toEqual([".runcache"]);
});

describe("a function's late lines are written nowhere", () => {
  test.each([
    ["after few lines", "", 1, true],
    ["after so many that they lie in a file", "", 40_000, true],
    ["without a cache", "off", 1, false],
    ["with a cache that is only read", "read-only", 1, false],
  ])("%s", async (_, mode, lines, stored) => {
    vi.stubEnv("RUNCACHE", mode);
    let kept = (line: string): void => void line;
    const result = await cache.compute({ tool, params: {} }, ({ log }) => {
      for (let n = 0; n < lines; n++) log("thirty characters of progress …");
      kept = log;
      return 1;
    });
    expect(result.stored).toBe(stored);
    const written = inFilesOpenedThen(() => {
      kept("late");
    });
    expect(written).toBe("");
    expect(result.log()).not.toContain("late");
  });
});

test("nor are the late lines of a foreign base", async () => {
  let kept = (line: string): void => void line;
  class Foreign implements Execution {
    outputDir = rig.temp.join("own");
    inputFile = (file: string): string => file;
    outputFile = (name: string): string => path.join(this.outputDir, name);
    params = <T extends object>(params: T): T => params;
    run(): void {
      throw new Error("not called");
    }
    runAsync(_: readonly string[], options: { onStdout?: (line: string) => void } = {}): Promise<RunResult> {
      mkdirSync(this.outputDir, { recursive: true });
      kept = options.onStdout ?? kept;
      kept("in time");
      return Promise.resolve({ exitCode: 0, durationMs: 1 });
    }
  }
  const runner = new CachingRunner({ base: { startExecution: () => new Foreign() }, cacheDir: rig.cacheDir });
  const result = await runner.exec(METADATA, () => ["tool"]);
  const written = inFilesOpenedThen(() => {
    kept("late");
  });
  expect(written).toBe("");
  expect(result.stdout()).toBe("in time\n");
});
