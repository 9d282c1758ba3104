import fc from "fast-check";
import { expect, test } from "vitest";
import type { JsonValue } from "../types/json.js";
import { jcs } from "./canonical.js";
import { equalJson } from "./equal-json.js";

const json = fc.jsonValue({ maxDepth: 3 }).map((value) => value as JsonValue);

test("two values are equal exactly where their canonical texts are", () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(equalJson(a, b)).toBe(jcs(a) === jcs(b));
    }),
  );
});

test("a value equals what parsing its canonical text gives", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(equalJson(value, JSON.parse(jcs(value)) as JsonValue)).toBe(true);
    }),
  );
});

test.each<[string, JsonValue, JsonValue]>([
  ["a name more", { a: 1 }, { a: 1, b: null }],
  ["a name less", { a: 1, b: null }, { a: 1 }],
  ["an array that looks like an object", ["x"], { 0: "x" }],
  ["a longer array", [1], [1, 1]],
  ["what an object inherits", {}, { toString: "x" }],
])("%s makes a difference", (_, a, b) => {
  expect(equalJson(a, b)).toBe(false);
  expect(equalJson(b, a)).toBe(false);
});
