// A cache that anybody may plant entries in serves all the same, and says so.
import { chmodSync, mkdirSync } from "node:fs";
import { CachingRunner, type CacheEvent } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { afterEach, beforeEach, expect, test, vi, type MockInstance } from "vitest";
import { RecordedEvents } from "../kit/recorded-events.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";

let temp: TempDir;
let warn: MockInstance<typeof process.emitWarning>;

beforeEach(async () => {
  temp = await tempDir("exposed");
  warn = vi.spyOn(process, "emitWarning").mockReturnValue();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await temp[Symbol.asyncDispose]();
});

/** The warnings of two calls through a cache in a directory of this mode. */
async function warningsBelow(mode: number): Promise<CacheEvent[]> {
  mkdirSync(temp.join("scratch"));
  chmodSync(temp.join("scratch"), mode);
  const events = new RecordedEvents();
  const base = new LocalRunner({ dataDir: temp.join("runs") });
  const runner = new CachingRunner({ base, cacheDir: temp.join("scratch/cache"), onEvent: events.listener });
  for (let call = 0; call < 2; call++) await runner.exec({ id: "1", name: "echo" }, () => ["echo", "x"]);
  expect(events.outcomes()).toEqual(["miss", "hit"]);
  return events.of("trouble");
}

test("below a directory that everybody may write, it warns once and names the directory", async () => {
  const message = expect.stringContaining(`may write ${temp.join("scratch")},`) as string;
  expect(await warningsBelow(0o777)).toEqual([{ type: "trouble", code: "RUNCACHE_EXPOSED", message }]);
  expect(warn).toHaveBeenCalledTimes(1);
});

test.each(["1777", "775", "700"])("below a directory of mode %s it does not", async (mode) => {
  expect(await warningsBelow(Number.parseInt(mode, 8))).toEqual([]);
});
