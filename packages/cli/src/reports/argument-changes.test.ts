import fc from "fast-check";
import { expect, test } from "vitest";
import { argumentChanges } from "./argument-changes.js";

const changes = (before: string, after: string) => argumentChanges(before.split(" "), after.split(" "));

test.each([
  ["bet t1.nii -f 0.5", "bet t1.nii -f 0.4", ["argument 3: 0.5 → 0.4"]],
  ["cat a", "cat -n a", ["argument 1: -n added"]],
  ["cat -n -v a", "cat -v a", ["argument 1: -n removed"]],
  ["cat a", "tac a", ["the program: cat → tac"]],
  ["cat a b c", "cat -n a c d", ["argument 1: -n added", "argument 2: b removed", "argument 4: d added"]],
  ["cat a", "cat a", []],
])("%s, then %s", (before, after, texts) => {
  expect(changes(before, after)).toEqual(texts);
});

test("words are quoted as a shell needs it, and cut where they are long", () => {
  expect(argumentChanges(["x", "a b"], ["x", ""])).toEqual(["argument 1: 'a b' → ''"]);
  expect(argumentChanges(["x", "a"], ["x", "b".repeat(1000)])).toEqual([`argument 1: a → '${"b".repeat(60)}…'`]);
});

test("there are no changes exactly where the command lines are equal, and no more than words", () => {
  const words = fc.array(fc.constantFrom("a", "b", "-c"), { maxLength: 8 });
  fc.assert(
    fc.property(words, words, (before, after) => {
      const texts = argumentChanges(before, after);
      expect(texts.length === 0).toBe(JSON.stringify(before) === JSON.stringify(after));
      expect(texts.length).toBeLessThanOrEqual(Math.max(0, before.length + after.length));
      expect(texts.length).toBeGreaterThanOrEqual(Math.abs(before.length - after.length));
    }),
  );
});
