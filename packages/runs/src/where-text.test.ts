import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { makeRow } from "../../../test/kit/index-row.js";
import { matches } from "./indexes/match.js";
import { paramsText } from "./params.js";
import { parseWhere } from "./where-parse.js";
import { parseWhereText } from "./where-text.js";

test.each<readonly [string, object]>([
  ["dt<0.01 and method=rk4", { and: [{ dt: { lt: 0.01 } }, { method: { eq: "rk4" } }] }],
  ["n == 5", { n: { eq: 5 } }],
  ["n>=-1.5e3", { n: { gte: -1500 } }],
  ["a=1 or b=2 and c=3", { or: [{ a: { eq: 1 } }, { and: [{ b: { eq: 2 } }, { c: { eq: 3 } }] }] }],
  ["(a=1 OR b=2) And c=3", { and: [{ or: [{ a: { eq: 1 } }, { b: { eq: 2 } }] }, { c: { eq: 3 } }] }],
  ["method in (rk4, 'heun 2', null,7)", { method: { in: ["rk4", "heun 2", null, 7] } }],
  ['method like "rk%"', { method: { like: "rk%" } }],
  ["code like 1%", { code: { like: "1%" } }],
  ["code like 12", { code: { like: "12" } }],
  ["exists noise", { noise: { exists: true } }],
  ["not exists solver.order", { solver: { order: { exists: false } } }],
  ["n != 5", { or: [{ n: { lt: 5 } }, { n: { gt: 5 } }] }],
  ["on != true", { on: { eq: false } }],
  ["not n in (1, 2)", parseWhereText("n not in (1, 2)")],
  ["not (a<1 and not b>=2)", { or: [{ a: { gte: 1 } }, { b: { gte: 2 } }] }],
  ["not (a!=1 or b>2)", { and: [{ a: { eq: 1 } }, { b: { lte: 2 } }] }],
  ["x=true and y=false and z=null", { and: [{ x: { eq: true } }, { y: { eq: false } }, { z: { eq: null } }] }],
  ["x=\"true\" and y='4'", { and: [{ x: { eq: "true" } }, { y: { eq: "4" } }] }],
  ["x=NaN or x=-Infinity", { or: [{ x: { eq: NaN } }, { x: { eq: -Infinity } }] }],
  ["big=12345678901234567890n", { big: { eq: 12345678901234567890n } }],
  ["createdAt>=2026-05-01T08:00Z", { createdAt: { gte: "2026-05-01T08:00Z" } }],
  [
    "params.n=1 and metadata.host=a.b-c",
    { and: [{ params: { n: { eq: 1 } } }, { metadata: { host: { eq: "a.b-c" } } }] },
  ],
  ["\"a b\".'c.d'=1", { "a b": { "c.d": { eq: 1 } } }],
  ['"and"=1 and "in"."or"=2', { and: [{ and: { eq: 1 } }, { in: { or: { eq: 2 } } }] }],
  ["params.gt>1", { params: { gt: { gt: 1 } } }],
  ['x="say ""hi"""', { x: { eq: 'say "hi"' } }],
  ["__proto__=1", JSON.parse('{"__proto__":{"eq":1}}') as object],
])("%s", (text, where) => {
  expect(parseWhereText(text)).toEqual(where);
});

describe("refused, with the column", () => {
  test.each<readonly [string, number, string]>([
    ["", 1, "there is no condition"],
    ["  ", 3, "there is no condition"],
    ["dt", 3, "found the end: here comes one of"],
    ["dt<", 4, "found the end: here comes a value"],
    ["dt<<1", 3, 'found "<<"'],
    ["dt<>1", 3, "did you mean !="],
    ["n lik x", 3, "did you mean like?"],
    ["a=1 b=2", 5, "here comes and, or, or the end"],
    ["a=1 and", 8, "found the end: here comes a name"],
    ["a=1 and and b=2", 9, "and is no name here"],
    ["a=1)", 4, "there is no ( for it"],
    ["(a=1 or (b=2)", 14, "the ) of column 1"],
    ["a=b=c", 4, 'found "="'],
    ["a in 1", 6, "after in comes ("],
    ["a in ()", 7, "here comes a value"],
    ["a in (1 2)", 9, "here comes , or )"],
    ["é😀=1 and x='open", 12, "never closed"],
    ["x=True", 3, 'write true, or quote the text: "True"'],
    ["x=nan", 3, "write NaN"],
    ["x=1e999", 3, "larger than any number"],
    ['x=a"b"', 3, "quote it as a whole"],
    ["x=not", 3, "not is no value"],
    ["a..b=1", 1, "empty part"],
    [".a=1", 1, "empty part"],
    ["a.gt=1", 1, "gt is an operator"],
    ["params.a.in=1", 1, "in is an operator"],
    ["not x like 'a%'", 7, "like has no opposite"],
    ["x not like 'a%'", 7, "like has no opposite"],
    ["x not = 1", 7, "here comes one of in like"],
    ["x != null", 6, "exists name"],
    ["x not in (NaN)", 11, "it has no order"],
    ["not x = 5n", 9, "it has no order"],
    [`${"(".repeat(101)}a=1${")".repeat(101)}`, 102, "more than 100"],
    ["not ".repeat(5000), 405, "more than 100"],
  ])("%.60s", (text, column, words) => {
    expect(() => parseWhereText(text)).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_WHERE",
        message: expect.stringContaining(`, column ${column}: `) as string,
        facts: { text, column },
      }),
    );
    expect(() => parseWhereText(text)).toThrow(words);
  });
});

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

test("quotes keep any name and any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (name, value) => {
      const where = parseWhereText(`${quoted(name)} = ${quoted(value)}`);
      expect(where).toEqual(Object.fromEntries([[name, { eq: value }]]));
    }),
  );
});

test("any text is a condition, or refused with a column that it has", () => {
  const words = fc.constantFrom(
    "a",
    "=",
    "<",
    "(",
    ")",
    ",",
    "and",
    "or",
    "not",
    "in",
    "like",
    "exists",
    '"',
    "1",
    ".",
    "!",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((some) => some.join(" ")),
      ),
      (text) => {
        try {
          expect(parseWhereText(text)).toBeTypeOf("object");
        } catch (error) {
          expect(error).toMatchObject({ code: "ERR_RUNCACHE_WHERE", facts: { text } });
          const { column } = (error as { facts: { column: number } }).facts;
          expect(column).toBeGreaterThan(0);
          expect(column).toBeLessThanOrEqual(Array.from(text).length + 1);
        }
      },
    ),
  );
});

/** A condition, as a person would write it. */
type Written =
  | { readonly joined: "and" | "or"; readonly terms: readonly Written[] }
  | { readonly not: Written }
  | { readonly name: (typeof NAMES)[number]; readonly operator: string; readonly value: string | number | boolean };

const NAMES = [["a b"], ["in", "x.y"], ["$", "'\"", "and"], ["absent"]] as const;
const VALUES = [-1.5, 0, 2, 1e21, "a", "b c", 'q"', "é", "\u{1f600}", "\uffff", "4", "null"] as const;

const { written } = fc.letrec<{ written: Written }>((tie) => ({
  written: fc.oneof(
    { maxDepth: 4 },
    fc.record({
      name: fc.constantFrom(...NAMES),
      operator: fc.constantFrom("=", "!=", "<", "<=", ">", ">="),
      value: fc.constantFrom(...VALUES),
    }),
    fc.record({ name: fc.constantFrom(...NAMES), operator: fc.constantFrom("=", "!="), value: fc.boolean() }),
    fc.record({ not: tie("written") }),
    fc.record({
      joined: fc.constantFrom("and", "or"),
      terms: fc.array(tie("written"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

function format(given: Written): string {
  if ("not" in given) return `not (${format(given.not)})`;
  if ("joined" in given) return given.terms.map((term) => `(${format(term)})`).join(` ${given.joined} `);
  const value = typeof given.value === "string" ? quoted(given.value) : String(given.value);
  return `${given.name.map(quoted).join(".")}${given.operator}${value}`;
}

type Found = ReadonlyMap<string, string | number | boolean>;

/** What the text means: what JavaScript says of values of one type, by UTF-8 bytes, and false of all others. */
function isTrue(given: Written, found: Found, isNot = false): boolean {
  if ("not" in given) return isTrue(given.not, found, !isNot);
  if ("joined" in given) {
    const holds = (term: Written) => isTrue(term, found, isNot);
    return (given.joined === "and") !== isNot ? given.terms.every(holds) : given.terms.some(holds);
  }
  const value = found.get(given.name.join());
  if (value === undefined || typeof value !== typeof given.value) return false;
  const order =
    typeof value === "string"
      ? Buffer.compare(Buffer.from(value), Buffer.from(given.value as string))
      : Number(value) - Number(given.value);
  const answers = {
    "=": order === 0,
    "!=": order !== 0,
    "<": order < 0,
    "<=": order <= 0,
    ">": order > 0,
    ">=": order >= 0,
  };
  return answers[given.operator as keyof typeof answers] !== isNot;
}

test("a condition that is written down selects what it says", () => {
  const value = fc.oneof(fc.constantFrom(...VALUES), fc.boolean());
  fc.assert(
    fc.property(written, value, value, value, (condition, first, second, third) => {
      const found = new Map([
        [NAMES[0].join(), first],
        [NAMES[1].join(), second],
        [NAMES[2].join(), third],
      ]);
      const params = { "a b": first, in: { "x.y": second }, $: { "'\"": { and: third } } };
      const row = makeRow(1, {}, { params: paramsText(params) });
      const where = parseWhere(parseWhereText(format(condition)), { kinds: {}, floatDigits: 12 });
      expect(matches(where, row)).toBe(isTrue(condition, found));
    }),
    { numRuns: 300 },
  );
});
