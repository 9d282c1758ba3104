import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differingLine, globPattern, parseTolerance } from "./tolerance.js";

describe("patterns of names", () => {
  test.each([
    ["*.csv", ["a.csv", "deep/er/a.csv"], ["a.csv.gz", "csv"]],
    ["out/*.csv", ["out/a.csv"], ["a.csv", "out/deep/a.csv"]],
    ["out/**", ["out/a", "out/deep/a"], ["other/out"]],
    ["**/a?.txt", ["ab.txt", "x/ac.txt"], ["a.txt", "x/abc.txt"]],
    ["a+b(1).txt", ["a+b(1).txt"], ["aab1.txt"]],
  ])("%s", (glob, matching, others) => {
    expect(matching.filter((name) => !globPattern(glob).test(name))).toEqual([]);
    expect(others.filter((name) => globPattern(glob).test(name))).toEqual([]);
  });
});

describe("numbers that are near", () => {
  test.each([
    ["a 1.0 b\n", "a 1.0000001 b\n", 1e-6, null],
    ["1\n2\n3\n", "1\n2.1\n3\n", 1e-6, 2],
    ["x=-1e3,y=.5", "x=-1000.0001,y=0.5", 1e-6, null],
    ["1\n", "1\n2\n", 1, 2],
    ["a1\n", "b1\n", 1, 1],
    ["0.0000001", "0", 1e-6, null],
  ])("%j and %j by %d: line %j", (first, second, most, line) => {
    expect(differingLine(first, second, most)).toBe(line);
  });

  test("are always equal to themselves, and to nothing else where none may differ", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, most) => {
          const text = values.join("\n");
          expect(differingLine(text, text, most)).toBe(null);
        },
      ),
    );
  });
});

test.each(["*.csv", "=1", "*.csv=", "*.csv=-1", "*.csv=much"])("%j is no tolerance", (given) => {
  expect(() => parseTolerance(given)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_FLAG_VALUE" }));
});
