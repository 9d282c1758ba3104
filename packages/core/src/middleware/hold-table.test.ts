import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HoldTable } from "./hold-table.js";

/** What another thread sees of `table`. */
function seen(table: HoldTable): string[] {
  return [...new HoldTable(table.buffer).held()].map(({ text }) => text);
}

describe("a table of held texts", () => {
  test("shows another thread what is held, and nothing that was removed", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.boolean()), { maxLength: 40 }), (texts) => {
        const table = new HoldTable();
        const kept: string[] = [];
        for (const [text, stays] of texts) {
          const slot = table.put(text);
          if (stays) kept.push(text);
          else table.drop(slot ?? -1);
        }
        expect(seen(table).sort()).toEqual(kept.sort());
      }),
    );
  });

  test("tells a text from the one that had its slot before", () => {
    const table = new HoldTable();
    const ids = ["first", "second"].map((text) => {
      const slot = table.put(text) ?? -1;
      const [held] = table.held();
      table.drop(slot);
      return held?.id;
    });
    expect(new Set(ids).size).toBe(2);
  });

  test("refuses what it has no room for", () => {
    const table = new HoldTable();
    expect(table.put("x".repeat(16 * 1024))).toBeNull();
    let count = 0;
    while (table.put(`${count}`) !== null) count += 1;
    expect(seen(table)).toHaveLength(count);
    table.drop(0);
    expect(table.put("again")).toBe(0);
  });
});
