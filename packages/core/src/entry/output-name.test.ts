import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../types/errors.js";
import { parseOutputName } from "./output-name.js";

const refusal = (name: string): UsageError | null => {
  try {
    parseOutputName(name);
    return null;
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
};

describe("an output name", () => {
  test.each([
    "out.nii.gz",
    ".",
    "./out.txt",
    "sub/dir/out.txt",
    "sub/",
    "größe 😀.txt",
    "...",
    "..txt",
    "sub/.runcache",
    "é".repeat(127),
  ])("may be %j", (name) => {
    expect(parseOutputName(name)).toBe(name);
  });

  test.each([
    ["", "is empty"],
    ["a\0b", "holds a NUL"],
    ["/etc/passwd", "is absolute"],
    ["..", "leaves the output directory"],
    ["a/../../b", "leaves the output directory"],
    ["a/..", "leaves the output directory"],
    [".runcache", "is reserved"],
    [".runcache/manifest.json", "is reserved"],
    ["./.runcache/x", "is reserved"],
    ["sub/.runcache.bump", "is reserved"],
    ["x".repeat(256), "more than 255 bytes"],
    [`sub/${"é".repeat(128)}`, "more than 255 bytes"],
    ["x/".repeat(2048), "4096 bytes"],
  ])("may not be %j: it %s", (name, fault) => {
    expect(refusal(name)).toMatchObject({ code: "ERR_RUNCACHE_OUTPUT_NAME", facts: { name } });
    expect(refusal(name)?.message).toContain(fault);
  });

  test("that is taken leads nowhere but below the output directory", () => {
    const parts = fc.oneof(fc.constantFrom(".", "..", "", "a", ".runcache", "\0"), fc.string());
    fc.assert(
      fc.property(
        fc.array(parts).map((some) => some.join("/")),
        (name) => {
          fc.pre(refusal(name) === null);
          const path = posix.resolve("/cache/ab/entry", name);
          expect(path === "/cache/ab/entry" || path.startsWith("/cache/ab/entry/")).toBe(true);
          expect(path).not.toMatch(/^\/cache\/ab\/entry\/\.runcache(?:\/|$)/);
        },
      ),
    );
  });
});
