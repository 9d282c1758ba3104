import { rmSync, symlinkSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { CacheRootError } from "../types/errors.js";
import { openCache, type Cache } from "./cache.js";

let temp: TempDir;
let cache: Cache;

beforeEach(async () => {
  temp = await tempDir("cache");
  cache = openCache(temp.join("cache"), { create: true });
});
afterEach(() => temp[Symbol.asyncDispose]());

describe("trouble of the storage is a coded error of the cache, its cause kept", () => {
  test.each<[string, (cache: Cache) => Promise<unknown>]>([
    ["entries", async (broken) => (await broken.entries().next()).value],
    ["stats", (broken) => broken.stats()],
    ["prune", (broken) => broken.prune({ maxEntries: 0 })],
    ["verify", (broken) => broken.verify()],
  ])("%s", async (_, act) => {
    rmSync(cache.cacheDir, { recursive: true });
    symlinkSync("cache", cache.cacheDir); // a loop
    const error: unknown = await act(cache).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(CacheRootError);
    expect(error).toMatchObject({
      code: "ERR_RUNCACHE_STORAGE",
      cacheDir: cache.cacheDir,
      message: expect.stringMatching(/ELOOP.*mend that/) as string,
      cause: { code: "ELOOP" },
    });
  });
});
