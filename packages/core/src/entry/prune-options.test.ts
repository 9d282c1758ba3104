import { describe, expect, test } from "vitest";
import { resolvePruneOptions } from "./prune-options.js";

describe("the options of prune", () => {
  test("have defaults that let nothing go, and protect what was used within a day", () => {
    expect(resolvePruneOptions({})).toEqual({
      maxAgeMs: Infinity,
      maxSizeBytes: Infinity,
      maxEntries: Infinity,
      maxInodes: Infinity,
      by: "lru",
      keepUsedWithinMs: 24 * 60 * 60_000,
      dryRun: false,
    });
  });

  test("may be 0", () => {
    expect(resolvePruneOptions({ maxEntries: 0, keepUsedWithinMs: 0 })).toMatchObject({
      maxEntries: 0,
      keepUsedWithinMs: 0,
    });
  });

  test.each([
    ["maxAgeMs", -1],
    ["maxSizeBytes", NaN],
    ["maxEntries", "10"],
    ["maxInodes", null],
    ["keepUsedWithinMs", -0.5],
    ["by", "random"],
  ])("are refused where %s is %j", (option, value) => {
    expect(() => resolvePruneOptions({ [option]: value })).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_PRUNE_OPTION", facts: { option, value } }),
    );
  });

  test("are refused where one is misspelt, with the one that is meant", () => {
    expect(() => resolvePruneOptions({ maxEntry: 1 } as object)).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_UNKNOWN_OPTION",
        message: expect.stringContaining("maxEntries") as string,
      }),
    );
  });
});
