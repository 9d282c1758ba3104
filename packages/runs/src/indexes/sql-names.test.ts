import { expect, test } from "vitest";
import { sqlName } from "./sql-names.js";

test("A plain name stays what it is.", () => {
  expect(sqlName("dt")).toBe("dt");
  expect(sqlName("step_size2")).toBe("step_size2");
});

test.each(["N", "id", "δt", "a b", 'q"; drop table runs; --', "", "x".repeat(100), "1st", "dt__01234567", "__proto__"])(
  "%j becomes an identifier that no other name has.",
  (name) => {
    const made = sqlName(name, new Set(["id"]));
    expect(made).toMatch(/^[a-z][a-z0-9_]{0,61}$/);
    expect(made).not.toBe(name);
    expect(sqlName(made, new Set(["id"]))).not.toBe(made);
  },
);

test("Names that differ in case only have different identifiers.", () => {
  expect(new Set(["n", "N"].map((name) => sqlName(name))).size).toBe(2);
});
