import { readdirSync, readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkFloatDigits, normaliseParams, paramsText, readCanonical, roundFloat } from "./params.js";

/** Params as JavaScript text, and the canonical text that they have for ever. */
interface Vector {
  readonly title: string;
  readonly params: string;
  readonly floatDigits: number;
  readonly text: string;
}

const golden = new URL("../../../test/golden/run-params/", import.meta.url);
const vectors = readdirSync(golden).map(
  (file) => [file, JSON.parse(readFileSync(new URL(file, golden), "utf8")) as Vector] as const,
);
/** Objects of another realm: they are as plain as ours. */
const evaluate = (text: string): unknown => runInNewContext(`(${text})`);

test("there are golden vectors, and KEY.md shows each", () => {
  expect(vectors.length).toBeGreaterThanOrEqual(4);
  const specification = readFileSync(new URL("../KEY.md", import.meta.url), "utf8");
  for (const [, { params, text }] of vectors) {
    expect(specification).toContain(params);
    expect(specification).toContain(text);
  }
});

test.each(vectors)("golden vector %s has the text that it always had", (_, { params, floatDigits, text }) => {
  expect(paramsText(normaliseParams(evaluate(params), floatDigits))).toBe(text);
});

describe("floats", () => {
  test.each([
    ["a sum that is off by one bit is the number that was meant", 0.1 + 0.2, 0.3],
    ["small numbers are not zero", 1e-13, 1e-13],
    ["the smallest number is not zero", 5e-324, 5e-324],
    ["thirteen digits become twelve", 1.2345678901234, 1.23456789012],
    ["a float beside an integer becomes it", 0.9999999999999999, 1],
    ["integers are exact", 1234567890123456, 1234567890123456],
    ["large integers are exact", 2 ** 53 + 2, 2 ** 53 + 2],
    ["large doubles without a fraction are exact", 1.2345678901234567e300, 1.2345678901234567e300],
    ["negative zero stays", -0, -0],
    ["infinity stays", -Infinity, -Infinity],
    ["NaN stays", NaN, NaN],
  ])("%s", (_, value, rounded) => {
    expect(roundFloat(value, 12)).toBe(rounded);
  });

  test("rounding twice changes nothing more, and changes nothing by more than half a digit", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 1, max: 17 }),
        (value, digits) => {
          const once = roundFloat(value, digits);
          expect(roundFloat(once, digits)).toBe(once);
          if (digits === 17) expect(once).toBe(value);
          if (Math.abs(value) > 1e-300 && Math.abs(value) < 1e300) {
            expect(Math.abs(once - value)).toBeLessThanOrEqual(Math.abs(value) * (5.001 * 10 ** -digits + 2 ** -52));
          }
        },
      ),
    );
  });

  test.each([0, 18, 1.5, NaN])("%d significant digits are refused", (digits) => {
    expect(() => checkFloatDigits(digits)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_FLOAT_DIGITS" }));
  });
});

describe("params", () => {
  test("are copied, rounded at any depth, and frozen", () => {
    const given = { b: [{ x: 0.1 + 0.2 }], a: { y: undefined, z: 1 } };
    const normal = normaliseParams(given, 12);
    expect(normal).toEqual({ b: [{ x: 0.3 }], a: { z: 1 } });
    expect(Object.isFrozen(normal["b"]) && Object.isFrozen((normal["b"] as object[])[0])).toBe(true);
    given.b.push({ x: 2 });
    expect(normal["b"]).toHaveLength(1);
  });

  test.each([
    ["null", null, "null"],
    ["an array", [1], "an array"],
    ["text", "dt=1", '"dt=1"'],
    ["nothing", undefined, "undefined"],
    ["a map", new Map(), "plain object"],
  ])("%s is refused", (_, value, words) => {
    expect(() => normaliseParams(value, 12)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_PARAMS", message: expect.stringContaining(words) as string }),
    );
  });

  /** So many levels of objects. */
  const nested = (levels: number, leaf: unknown = 1): object => {
    let inner = leaf;
    for (let level = 0; level < levels; level++) inner = { a: inner };
    return inner as object;
  };
  const cycle: Record<string, unknown> = {};
  Object.assign(cycle, { self: cycle, again: cycle });
  test.each([
    ["501 levels", nested(501)],
    ["so many levels that no stack has them", nested(1e6)],
    ["cycles", cycle],
  ])("%s are refused", (_, value) => {
    expect(() => normaliseParams(value, 12)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_PARAMS_DEPTH" }));
  });

  test("500 levels are not", () => {
    expect(paramsText(normaliseParams(nested(500, NaN), 12))).toContain("NaN");
  });

  test.each([
    ["a date", { a: [new Date(0)] }, "params.a[0]"],
    ["a hole", { a: [1, , 2] }, "params.a[1]"], // eslint-disable-line no-sparse-arrays
    ["an array with names", { a: Object.assign([0.5], { b: 1 }) }, "params.a"],
    ["a symbol property", { a: { [Symbol("s")]: 1 } }, "params.a"],
    ["a hidden property", { a: Object.defineProperty({}, "b", { value: 1 }) }, "params.a"],
    ["a function", { f: () => 1 }, "params.f"],
    ["a typed array", { grid: new Float64Array(2) }, "params.grid"],
  ])("%s is refused with the path to it", (_, value, path) => {
    expect(() => paramsText(normaliseParams(value, 12))).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_NOT_ENCODABLE",
        message: expect.stringContaining(path) as string,
      }),
    );
  });

  test("the text gives back what was normalised, whatever the names and values", () => {
    const leaf = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constant(null),
      fc.string({ unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text)),
    );
    const name = fc.oneof(fc.string(), fc.constantFrom("__proto__", "$number", "$$input", "constructor"));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("value")), fc.dictionary(name, tie("value"))),
    }));
    fc.assert(
      fc.property(fc.dictionary(name, value), (params) => {
        const normal = normaliseParams(Object.fromEntries(Object.entries(params)), 12);
        expect(readCanonical(paramsText(normal))).toEqual(normal);
        expect(paramsText(normaliseParams(normal, 12))).toBe(paramsText(normal));
      }),
    );
  });

  test("the order of names does not matter", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), (names) => {
        const forth = Object.fromEntries(names.map((name) => [name, name.length / 3]));
        const back = Object.fromEntries(names.toReversed().map((name) => [name, name.length / 3]));
        expect(paramsText(normaliseParams(forth, 12))).toBe(paramsText(normaliseParams(back, 12)));
      }),
    );
  });
});
