import { expect, test } from "vitest";
import { likePattern } from "./like-pattern.js";

test.each([
  ["rk4", "rk4", true],
  ["rk4", "rk", false],
  ["rk%", "rk4", true],
  ["%4", "rk4", true],
  ["%k%", "rk4", true],
  ["%", "", true],
  ["_", "", false],
  ["", "", true],
  ["", "a", false],
  ["r_4", "rk4", true],
  ["RK4", "rk4", false],
  ["_", "😀", true],
  ["a%b%c", "a-b-b-c-c", true],
  ["a%b%c", "a-c-b", false],
  ["100\\%", "100%", true],
  ["100\\%", "1000", false],
  ["a\\_b", "a_b", true],
  ["a\\\\b", "a\\b", true],
  ["a\\", "a\\", true],
  [".*", "ab", false],
  ["a\nb%", "a\nbc", true],
])("%j fits %j: %j", (pattern, text, expected) => {
  expect(likePattern(pattern)(text)).toBe(expected);
});

test("A pattern of many % takes no time on a text that does not fit.", () => {
  expect(likePattern("%a".repeat(500) + "b")("a".repeat(5000))).toBe(false);
});
