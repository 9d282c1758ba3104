import { describe, expect, test } from "vitest";
import { parseOrder, parseSince, parseWhere } from "./where-parse.js";

const SCOPE = { kinds: { n: "integer", dt: "real", method: "text", tags: "json" }, floatDigits: 12 } as const;

test("names are columns, fields of every record, or else parameters", () => {
  expect(parseWhere({ n: 1, replicate: 0, $x: "a", params: { n: 2 } }, SCOPE)).toEqual({
    op: "and",
    terms: [
      { op: "eq", field: { kind: "column", name: "n", columnKind: "integer", path: [] }, value: 1 },
      { op: "eq", field: { kind: "built-in", name: "replicate" }, value: 0 },
      { op: "eq", field: { kind: "param", path: ["$$x"] }, value: "a" },
      { op: "eq", field: { kind: "param", path: ["n"] }, value: 2 },
    ],
  });
});

test("operands are rounded as params are", () => {
  expect(parseWhere({ dt: 0.1 + 0.2, x: { gt: 0.1 + 0.2 }, y: { eq: [0.1 + 0.2] } }, SCOPE)).toMatchObject({
    terms: [{ value: 0.3 }, { value: 0.3 }, { json: "[0.3]" }],
  });
});

test("what JSON has no number for is compared as the key writes it", () => {
  expect(parseWhere({ x: NaN, y: -0, z: 7n }, SCOPE)).toMatchObject({
    terms: [{ json: '{"$number":"NaN"}' }, { json: '{"$number":"-0"}' }, { json: '{"$bigint":"7"}' }],
  });
});

test("a list may hold null and objects beside scalars", () => {
  expect(parseWhere({ x: { in: [1, null, { a: 1 }] } }, SCOPE)).toMatchObject({
    terms: [{ op: "or", terms: [{ op: "in", values: [1] }, { op: "is-null" }, { op: "eq-json", json: '{"a":1}' }] }],
  });
});

describe("refused", () => {
  test.each<readonly [string, unknown, string]>([
    ["what is no object", "dt<1", "where"],
    ["text for a number", { n: "5" }, 'where.n: it is "5", but n is compared with whole numbers'],
    ["a number for text", { method: { in: [1] } }, "where.method.in[0]"],
    ["a misspelt operator of a column", { dt: { gtt: 1 } }, "did you mean gt?"],
    ["a misspelt operator beside a right one", { x: { gt: 1, lessthan: 2 } }, '"lessthan" is no operator'],
    ["an object for a number", { dt: { eq: {} } }, "which dt never holds"],
    ["an order of booleans", { x: { gt: true } }, "booleans have no order"],
    ["an order of infinity", { x: { lt: Infinity } }, "Infinity"],
    ["a list that is none", { x: { in: 5 } }, "give a list"],
    ["a pattern that is none", { x: { like: 5 } }, "give text"],
    ["a pattern that ends in the middle", { x: { like: "a\\" } }, "takes nothing literally"],
    ["exists of a number", { x: { exists: 1 } }, "true or false"],
    ["a time that is none", { createdAt: { gt: "yesterday" } }, "ISO 8601"],
    ["something inside what every record has", { id: { a: 1 } }, "nothing inside"],
    ["params as a whole", { params: 5 }, "where.params"],
  ])("%s", (_, where, words) => {
    expect(() => parseWhere(where, SCOPE)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_WHERE", message: expect.stringContaining(words) as string }),
    );
  });

  test("an order by something inside a number, or by nothing", () => {
    for (const orderBy of ["dt.x", "-", ""]) {
      expect(() => parseOrder(orderBy, SCOPE)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_WHERE" }));
    }
  });
});

test("times are text in UTC with milliseconds, so that their order is that of time", () => {
  expect(parseSince(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
  expect(parseSince("2026-05-01T02:00:00+02:00")).toBe("2026-05-01T00:00:00.000Z");
});
