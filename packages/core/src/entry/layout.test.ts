import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCacheKey } from "../types/brand.js";
import { entryDir, keyOfPath, lockPath, OWN_NAMES, shardDir } from "./layout.js";

const key = parseCacheKey("ab".repeat(32));
const keys = fc.stringMatching(/^[0-9a-f]{64}$/).map(parseCacheKey);

describe("the layout on disk", () => {
  test("an entry lies in the shard of its first two digits", () => {
    expect(entryDir("/cache", key)).toBe(`/cache/ab/${key}`);
    expect(shardDir("/cache", key)).toBe("/cache/ab");
    expect(lockPath("/cache", key, "0123")).toBe(`/cache/.locks/${key}.0123`);
  });

  test("whatever lies in an entry names its key", () => {
    fc.assert(
      fc.property(keys, fc.constantFrom("", "/out.txt", "/deep/er/.runcache"), (some, rest) => {
        expect(keyOfPath("/cache", `${entryDir("/cache", some)}${rest}`)).toBe(some);
      }),
    );
  });

  test.each([
    ["the root", "/cache"],
    ["a shard", "/cache/ab"],
    ["another directory", `/elsewhere/ab/${key}`],
    ["another shard", `/cache/cd/${key}`],
    ["staging", `/cache/.incoming/${"0".repeat(32)}/out`],
    ["a name that is no key", `/cache/ab/${key.slice(1)}`],
  ])("%s names none", (_, path) => {
    expect(keyOfPath("/cache", path)).toBeNull();
  });

  test("a root holds shards, our directories and drafts of its marker, and nothing else", () => {
    for (const name of ["ab", ".incoming", ".stats", ".index", ".runcache.json", `.runcache.json.${"0".repeat(32)}`]) {
      expect(name).toMatch(OWN_NAMES);
    }
    for (const name of ["abc", "AB", ".git", "data", "CACHEDIR.TAGS"]) expect(name).not.toMatch(OWN_NAMES);
  });
});
