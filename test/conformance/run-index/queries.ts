import { parseOrder, parseWhere, type FieldRef, type IndexRow, type RunIndex, type Where } from "@runcache/runs";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../kit/temp-dir.js";
import { KINDS, makeRow, numbersOf, opened, type IndexUnderTest } from "./rows.js";

const SCOPE = { kinds: KINDS, floatDigits: 12 };

const ROWS: readonly IndexRow[] = [
  makeRow(1, { t: 0.5, T: 300, method: "euler", tags: ["a", "b"], solver: { tol: 1e-6, name: "cg" }, flag: true }),
  makeRow(2, { t: 0.25, T: 280, method: "rk4", tags: { x: 1, y: { z: "deep" } }, solver: { tol: 1e-3 }, flag: false }),
  makeRow(3, { t: -1, method: "Euler", tags: "a", solver: null, flag: 1, note: "100%" }),
  makeRow(4, { t: 1e-13, T: 0, method: "", tags: 7, mixed: "7", note: "100 percent", "odd key.$": { 'q"': 1 } }),
  makeRow(5, { mixed: 7, note: "a_b\\c", big: 1e21, tags: null }),
  makeRow(6, { mixed: "é", note: "axb", tags: [], list: [1, [2]] }, { metadata: '{"git":"abc","run":{"k":2}}' }),
  makeRow(7, { mixed: "\u{1F600}", note: "line\nbreak" }, { version: "2", replicate: 1 }),
  makeRow(8, { mixed: "\u{FFFD}", note: "" }, { metadata: '{"git":"def"}' }),
];

const CASES: readonly (readonly [string, unknown, readonly number[]])[] = [
  ["nothing at all", {}, [1, 2, 3, 4, 5, 6, 7, 8]],
  ["an integer column", { n: 3 }, [3]],
  ["a real column that is a whole number", { T: 300 }, [1]],
  ["columns that differ in case only", { t: { gt: 0 }, T: { gte: 280 } }, [1, 2]],
  ["text, which case is part of", { method: "euler" }, [1]],
  ["empty text", { method: "" }, [4]],
  ["a bound", { t: { gt: -1, lte: 0.25 } }, [2, 4]],
  ["a small bound, which is not zero", { t: { gt: 0, lt: 1e-12 } }, [4]],
  ["an integer column, by a bound that is none", { n: { lt: 1.5 } }, [1]],
  ["an integer column, by what it never is", { n: { in: [1.5, 1e300, 2] } }, [2]],
  ["a bound too small to be added to 1", { t: { gt: 1e-17, lt: 0.3 } }, [2, 4]],
  ["text that is less", { method: { lt: "a" } }, [3, 4]],
  ["a list", { method: { in: ["rk4", "Euler", "none"] } }, [2, 3]],
  ["a list of numbers", { t: { in: [0.5, -1] } }, [1, 3]],
  ["an empty list", { method: { in: [] } }, []],
  ["null, of a column", { T: null }, [3, 5, 6, 7, 8]],
  ["a column that is there", { T: { exists: true } }, [1, 2, 4]],
  ["a column that is not there", { T: { exists: false } }, [3, 5, 6, 7, 8]],
  ["a column that may be null", { method: { in: ["rk4", null] } }, [2, 5, 6, 7, 8]],
  ["a parameter without a column", { mixed: "7" }, [4]],
  ["a number is not the text of it", { mixed: 7 }, [5]],
  ["text is never more than a number", { mixed: { gt: 6 } }, [5]],
  ["text by its bytes", { mixed: { gt: "é" } }, [7, 8]],
  ["text beyond the basic plane comes last", { mixed: { gt: "\u{FFFD}" } }, [7]],
  ["true", { flag: true }, [1]],
  ["false", { flag: false }, [2]],
  ["one, which is not true", { flag: 1 }, [3]],
  ["a list of booleans and numbers", { flag: { in: [false, 1] } }, [2, 3]],
  ["inside an object", { solver: { tol: { lt: 1e-4 } } }, [1]],
  ["in part of an object", { solver: { name: "cg" } }, [1]],
  ["exactly an object", { solver: { eq: { tol: 1e-3 } } }, [2]],
  ["an object without regard to order", { solver: { eq: { name: "cg", tol: 1e-6 } } }, [1]],
  ["JSON's null, which absent is not", { solver: null }, [3]],
  ["a parameter that is there, if null", { solver: { exists: true } }, [1, 2, 3]],
  ["a parameter that is not there", { mixed: { exists: false } }, [1, 2, 3]],
  ["a large number", { big: 1e21 }, [5]],
  ["an array as a whole", { list: [1, [2]] }, [6]],
  ["an array in another order", { list: [[2], 1] }, []],
  ["a JSON column as an array", { tags: ["a", "b"] }, [1]],
  ["a JSON column as a scalar", { tags: "a" }, [3]],
  ["a JSON column as a number", { tags: { gte: 7 } }, [4]],
  ["inside a JSON column", { tags: { y: { z: "deep" } } }, [2]],
  ["a number inside a JSON column", { tags: { x: { gte: 1 } } }, [2]],
  ["an empty array in a JSON column", { tags: [] }, [6]],
  ["keys with dots, quotes and dollars", { "odd key.$": { 'q"': 1 } }, [4]],
  ["a parameter by its full name", { params: { n: { lt: 3 } } }, [1, 2]],
  ["metadata", { metadata: { git: "abc" } }, [6]],
  ["inside metadata", { metadata: { run: { k: { gt: 1 } } } }, [6]],
  ["the version", { version: "2" }, [7]],
  ["the replicate", { replicate: { gt: 0 } }, [7]],
  ["the size of the result", { resultSize: { gt: 70 } }, [8]],
  ["how long it took", { elapsedSeconds: 0.5 }, [4]],
  ["when it was made", { createdAt: { gte: new Date(1_700_000_007_000) } }, [7, 8]],
  ["a pattern", { note: { like: "100%" } }, [3, 4]],
  ["a pattern with a literal percent", { note: { like: "100\\%" } }, [3]],
  ["a pattern of one character", { note: { like: "a_b%" } }, [5, 6]],
  ["a pattern with a literal underline", { note: { like: "a\\_b%" } }, [5]],
  ["a pattern with a literal backslash", { note: { like: "%\\\\%" } }, [5]],
  ["a pattern minds case", { method: { like: "e%" } }, [1]],
  ["a pattern goes over lines", { note: { like: "line%k" } }, [7]],
  ["a pattern of brackets, which are literal", { note: { like: "[a]%" } }, []],
  ["a pattern for an empty text", { note: { like: "" } }, [8]],
  ["any of several", { or: [{ method: "rk4" }, { mixed: 7 }, { n: 2 }] }, [2, 5]],
  ["any of none", { or: [] }, []],
  ["all of several, nested", { and: [{ or: [{ n: 1 }, { n: 2 }] }, { t: { lt: 0.3 } }] }, [2]],
];

/** What a condition, an order and a page select. */
export function testQueries(subject: IndexUnderTest): void {
  async function withRows<T>(ask: (index: RunIndex) => Promise<T>): Promise<T> {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    await index.insert(ROWS);
    return await ask(index);
  }

  test("each condition selects its rows, and counts them", async () => {
    await withRows(async (index) => {
      for (const [title, where, expected] of CASES) {
        const parsed = parseWhere(where, SCOPE);
        expect([title, numbersOf(await index.query({ where: parsed }))]).toEqual([title, expected]);
        expect([title, await index.count(parsed)]).toEqual([title, expected.length]);
      }
    });
  });

  test("conditions of hundreds of terms are answered", async () => {
    await withRows(async (index) => {
      const values = Array.from({ length: 2000 }, (_, value) => value + 2);
      expect(await index.count(parseWhere({ n: { in: values } }, SCOPE))).toBe(7);
      const terms: Where[] = values
        .slice(0, 300)
        .map((value) => ({ op: "eq", field: { kind: "column", name: "n", columnKind: "integer", path: [] }, value }));
      expect(await index.count({ op: "or", terms })).toBe(7);
    });
  });

  describe("order", () => {
    test.each<readonly [string, string | readonly string[], readonly number[]]>([
      ["by a column, absent last", "t", [3, 4, 2, 1, 5, 6, 7, 8]],
      ["descending, absent last", "-t", [1, 2, 4, 3, 5, 6, 7, 8]],
      ["by text, by its bytes", "method", [4, 3, 1, 2, 5, 6, 7, 8]],
      ["by a parameter: numbers, then text", "mixed", [5, 4, 6, 8, 7, 1, 2, 3]],
      ["by a nested parameter", "solver.tol", [1, 2, 3, 4, 5, 6, 7, 8]],
      ["by two", ["-version", "-n"], [7, 8, 6, 5, 4, 3, 2, 1]],
      ["by size, descending", "-resultSize", [8, 7, 6, 5, 4, 3, 2, 1]],
      ["by none", [], [1, 2, 3, 4, 5, 6, 7, 8]],
    ])("%s", async (_, orderBy, expected) => {
      expect(
        await withRows(async (index) => numbersOf(await index.query({ orderBy: parseOrder(orderBy, SCOPE) }))),
      ).toEqual(expected);
    });

    // With fewer values than are asked for, and with more.
    test.each(["asc", "desc"])("limited, by a column, has absent values last (%s)", async (direction) => {
      await using dir = await tempDir("index");
      await using index = await opened(subject, dir.path);
      const rows = Array.from({ length: 50 }, (_, n) => makeRow(n, { t: n % 5 === 0 ? null : n }));
      await index.insert(rows);
      const field: FieldRef = { kind: "column", name: "t", columnKind: "real", path: [] };
      const descending = direction === "desc";
      const present = rows.flatMap(({ columns: { t } }) => (typeof t === "number" ? [t] : []));
      if (descending) present.reverse();
      for (const limit of [3, 40, 45, 100]) {
        const found = await index.query({ orderBy: [{ field, descending }], limit, offset: 2 });
        const expected = [...present, ...Array<null>(10).fill(null)].slice(2, limit + 2);
        expect(found.map(({ columns }) => columns["t"])).toEqual(expected);
      }
    });

    test("pages follow each other without gaps, also where nothing tells rows apart", async () => {
      await withRows(async (index) => {
        const at = { createdAt: "2026-01-01T00:00:00.000Z" };
        await index.insert(ROWS.map((row) => ({ ...row, ...at })));
        const whole = await index.query({});
        expect(whole.map(({ id }) => id)).toEqual(ROWS.map(({ id }) => id).sort());
        const pages = [];
        for (const offset of [0, 3, 6, 9]) pages.push(...(await index.query({ limit: 3, offset })));
        expect(pages).toEqual(whole);
        expect(await index.query({ offset: 6 })).toHaveLength(2);
        expect(await index.query({ limit: 0 })).toEqual([]);
      });
    });
  });

  test("since takes what was made then or later", async () => {
    await withRows(async (index) => {
      const since = new Date(1_700_000_005_000).toISOString();
      expect(numbersOf(await index.query({ since }))).toEqual([5, 6, 7, 8]);
      expect(
        numbersOf(await index.query({ since, where: parseWhere({ mixed: { exists: true } }, SCOPE), limit: 2 })),
      ).toEqual([5, 6]);
    });
  });
}
