import { expect, test } from "vitest";
import type { IndexRow } from "../types/run-index.js";
import { matches } from "./match.js";

test("a pattern of many % takes no time on a text that does not fit", () => {
  const row = { params: JSON.stringify({ method: "a".repeat(5000) }) } as IndexRow;
  const field = { kind: "param", path: ["method"] } as const;
  const like = (pattern: string): boolean => matches({ op: "like", field, pattern }, row);
  expect(like(`${"%a".repeat(500)}b`)).toBe(false);
  expect([like("%a"), like("a.*"), like("a%\\")]).toEqual([true, false, false]);
});
