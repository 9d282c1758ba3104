import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { UsageError } from "../types/errors.js";
import type { JsonValue } from "../types/json.js";
import { InputReference, canonicalText, jcs } from "./canonical.js";
import { runInNewContext } from "node:vm";

const text = (value: unknown): string => canonicalText(value, { root: "params" });

describe("canonical text", () => {
  test.each<[string, unknown, string]>([
    ["keys by code unit", { b: 1, a: 2, "€": 3, "\u{1F600}": 4, ﬃ: 5 }, '{"a":2,"b":1,"€":3,"😀":4,"ﬃ":5}'],
    ["small and large numbers", [1e-7, 2 ** 53, 1e21, 0.1], "[1e-7,9007199254740992,1e+21,0.1]"],
    [
      "what JSON has no number for",
      [NaN, Infinity, -Infinity, -0],
      '[{"$number":"NaN"},{"$number":"Infinity"},{"$number":"-Infinity"},{"$number":"-0"}]',
    ],
    ["integers of any size", 2n ** 64n, '{"$bigint":"18446744073709551616"}'],
    ["the user's own dollar keys", { $number: "NaN", $$a: 1, $: 2 }, '{"$$":2,"$$$a":1,"$$number":"NaN"}'],
    ["absent properties", { a: undefined, b: null }, '{"b":null}'],
    ["objects without a prototype", Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ["an own __proto__", JSON.parse('{"__proto__":{"a":1},"constructor":2}'), '{"__proto__":{"a":1},"constructor":2}'],
    ["control characters", '\u0000\u001f"\\\u007f\u2028', '"\\u0000\\u001f\\"\\\\\u007f\u2028"'],
    ["references", { a: [new InputReference(3)] }, '{"a":[{"$input":3}]}'],
    [
      "one object in two places",
      (() => {
        const o = {};
        return [o, o];
      })(),
      "[{},{}]",
    ],
  ])("writes %s", (_name, value, expected) => {
    expect(text(value)).toBe(expected);
  });

  test("strings that name an input become references at any depth, keys do not", () => {
    const reference = (path: string): number | undefined => (path === "/in.nii" ? 0 : undefined);
    const value = { a: "/in.nii", b: [{ c: "/in.nii" }, "/in.nii.gz"], "/in.nii": 1 };
    expect(canonicalText(value, { root: "params", reference })).toBe(
      '{"/in.nii":1,"a":{"$input":0},"b":[{"c":{"$input":0}},"/in.nii.gz"]}',
    );
  });

  test("objects of another realm are plain objects too", () => {
    expect(text(runInNewContext('({ a: [1, "x"] })'))).toBe('{"a":[1,"x"]}');
  });

  test("look-alikes are told apart", () => {
    const values: unknown[] = [
      {}, [], "", null, false, 0, -0, 0n, "0", "null", "[]", "{}", 1, 1n, "1", true, "true", NaN, "NaN", Infinity,
      { a: null }, { a: {} }, { a: [] }, [null], [[]], [{}], "\u00e9", "e\u0301", { $number: "NaN" }, { $$number: "NaN" },
      2 ** 53, 2n ** 53n, 1e-7, "1e-7", new InputReference(0), { $input: 0 }, { $$input: 0 },
    ]; // prettier-ignore
    expect(new Set(values.map(text)).size).toBe(values.length);
  });

  test("agrees with an RFC 8785 library wherever that one can encode", () => {
    fc.assert(
      fc.property(commonGround(), (value) => {
        expect(text(value)).toBe(canonicalize(value));
      }),
    );
  });

  test("does not depend on the order in which properties were made", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(text(reversed)).toBe(text(object));
      }),
    );
  });

  test("two values have one text only when they are equal", () => {
    const value = userValue();
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(text(a) === text(b)).toBe(sameValue(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  test("parsing and writing again gives the same text", () => {
    fc.assert(
      fc.property(userValue(), (value) => {
        const written = text(value);
        expect(jcs(JSON.parse(written) as JsonValue)).toBe(written);
      }),
    );
  });
});

describe("what has no canonical form is refused with the path to it", () => {
  const cycle: Record<string, unknown> = { stages: [] };
  (cycle["stages"] as unknown[]).push({ back: cycle });
  class Stage {
    weight = 1;
  }
  class List extends Array<number> {}
  const hidden = Object.defineProperty({}, "a", { value: 1, enumerable: false });

  test.each<[string, unknown, string, string]>([
    ["an undefined element", { stages: [1, 2, { weight: [undefined] }] }, "params.stages[2].weight[0]", "undefined"],
    ["a hole", [1, , 3], "params[1]", "undefined"], // eslint-disable-line no-sparse-arrays
    ["nothing at all", undefined, "params", "undefined"],
    ["a function", { "a b": { f: () => 1 } }, 'params["a b"].f', "a function"],
    ["a symbol", [Symbol("s")], "params[0]", "a symbol"],
    ["a symbol key", { a: { [Symbol("s")]: 1 } }, "params.a", "an object with symbol or hidden properties"],
    ["a hidden property", { a: hidden }, "params.a", "an object with symbol or hidden properties"],
    ["named properties of an array", { a: "x".match(/x/) }, "params.a", "an array with named properties"],
    ["a Date", { when: new Date(0) }, "params.when", "an instance of Date"],
    ["a Map", { m: new Map() }, "params.m", "an instance of Map"],
    ["a Set", [new Set([1])], "params[0]", "an instance of Set"],
    ["a typed array", { a: new Uint8Array(2) }, "params.a", "an instance of Uint8Array"],
    ["a buffer", { a: Buffer.from("x") }, "params.a", "an instance of Buffer"],
    ["a boxed string", [new String("x")], "params[0]", "an instance of String"],
    ["a promise", [Promise.resolve(1)], "params[0]", "an instance of Promise"],
    ["an instance", { stage: new Stage() }, "params.stage", "an instance of Stage"],
    ["an array subclass", { list: List.from([1]) }, "params.list", "an instance of List"],
    ["an object made on another", Object.create({ a: 1 }), "params", "an instance of Object"],
    ["a namespace object", { m: Math }, "params.m", "an instance of Object"],
    ["a cycle", cycle, "params.stages[0].back", "a cycle: it contains itself"],
    ["half a surrogate pair", { a: ["\ud83d"] }, "params.a[0]", "a string with half a surrogate pair"],
    [
      "half a surrogate pair in a key",
      { a: { "\udc00x": 1 } },
      "params.a",
      "an object with half a surrogate pair in a key",
    ],
  ])("%s", (_name, value, path, found) => {
    expect(refusal(() => text(value))).toMatchObject({ code: "ERR_RUNCACHE_NOT_ENCODABLE", facts: { path, found } });
  });

  test("nesting too deep for the stack", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(refusal(() => text(deep)).message).toContain("nested more than 1000 levels deep");
  });

  test.each([[NaN], [Infinity], [1n], [undefined]])("%s where plain JSON is due", (value) => {
    expect(refusal(() => jcs(value as JsonValue)).code).toBe("ERR_RUNCACHE_NOT_ENCODABLE");
  });
});

function refusal(call: () => unknown): UsageError {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Values that RFC 8785 covers, as the reference library understands it: no −0, no `$` keys. */
function commonGround(): fc.Arbitrary<JsonValue> {
  const unescaped = fc.string({ unit: "grapheme" }).filter((key) => !key.startsWith("$"));
  return fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(null),
      fc.boolean(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (number === 0 ? 0 : number)),
      fc.string({ unit: "binary" }),
      fc.array(tie("value")),
      fc.dictionary(unescaped, tie("value")),
    ),
  })).value;
}

/** All that can be encoded. Prototype-less objects and `__proto__` keys among them. */
function userValue(): fc.Arbitrary<unknown> {
  const key = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.constantFrom("$", "$number", "$$number", "$input", "__proto__"),
  );
  return fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(null, true, false, NaN, Infinity, -Infinity, -0, 0, 1, "1", "", 1n, "NaN", {}, []),
      fc.double(),
      fc.bigInt(),
      fc.string({ unit: "grapheme" }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(key, tie("value"), { maxKeys: 3 }),
    ),
  })).value;
}

/** Equality of what `userValue` makes, written without the encoder. */
function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every(
    (key) =>
      Object.hasOwn(b, key) && sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}
