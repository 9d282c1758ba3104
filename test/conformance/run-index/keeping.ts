import { expect, test } from "vitest";
import { tempDir } from "../../kit/temp-dir.js";
import { idOf, makeRow, opened, type IndexUnderTest } from "./rows.js";

const STAMP = { layout: 1, columns: '{"n":"integer"}' };

/** Rows come back as they were given. */
export function testKeeping(subject: IndexUnderTest): void {
  test("a row comes back as it was given, whatever it holds", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    const rows = [
      makeRow(1),
      makeRow(2, { t: 0.1, T: 1e-300, method: 'it\'s "quoted" \\ %_ \u{1F600}\n', tags: ["a", { b: null }] }),
      makeRow(3, { t: -1.5e300, method: "", tags: {}, 'a "b"': { "c.d": [1, 2.5, true] } }),
      makeRow(2 ** 53 - 1, {}, { metadata: '{"git":"abc","n":1}', replicate: 3, version: "2 beta" }),
      makeRow(5, {}, { resultFile: "/elsewhere/größe.h5", resultSize: 2 ** 40, elapsedSeconds: 1e-9 }),
      makeRow(6, { $: 1, empty: {}, list: [], special: { $number: "NaN" } }),
    ];
    await index.insert(rows);
    const found = await index.find(rows.map(({ id }) => id));
    for (const row of rows) expect(found.get(row.id)).toEqual(row);
    expect(found.size).toBe(rows.length);
    expect(await index.query({})).toHaveLength(rows.length);
  });

  test("an inserted id replaces its row; others are left alone", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    await index.insert([makeRow(1), makeRow(2)]);
    const changed = makeRow(1, { method: "new" }, { elapsedSeconds: 99 });
    await index.insert([changed]);
    await index.insert([]);
    expect((await index.find([idOf(1)])).get(idOf(1))).toEqual(changed);
    expect(await index.count()).toBe(2);
  });

  test("one insert of an id twice keeps the last", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    await index.insert([makeRow(1), makeRow(1, { method: "last" })]);
    expect((await index.find([idOf(1)])).get(idOf(1))?.columns["method"]).toBe("last");
    expect(await index.count()).toBe(1);
  });

  test("ids that are not there are not found, and removing them does nothing", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    await index.insert([1, 2, 3].map((n) => makeRow(n)));
    await index.remove([idOf(2), idOf(99)]);
    await index.remove([]);
    expect([...(await index.find([1, 2, 3, 99].map(idOf))).keys()].sort()).toEqual([idOf(1), idOf(3)].sort());
    expect((await index.find([])).size).toBe(0);
    expect(await index.count()).toBe(2);
  });

  test("thousands of ids are inserted, found and removed at once", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    const rows = Array.from({ length: 5000 }, (_, n) => makeRow(n));
    await index.insert(rows);
    expect((await index.find(rows.map(({ id }) => id))).size).toBe(5000);
    await index.remove(rows.slice(1).map(({ id }) => id));
    expect(await index.query({})).toEqual([makeRow(0)]);
  });

  test("the stamp is kept; clear removes it with every row", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    expect(await index.stamp()).toBeNull();
    await index.setStamp({ layout: 0, columns: "{}" });
    await index.setStamp(STAMP);
    await index.insert([makeRow(1)]);
    expect(await index.stamp()).toEqual(STAMP);
    await index.clear();
    expect([await index.stamp(), await index.count()]).toEqual([null, 0]);
    await index.insert([makeRow(2)]);
    await index.setStamp(STAMP);
    expect([await index.stamp(), await index.query({})]).toEqual([STAMP, [makeRow(2)]]);
  });

  if (subject.shared === null) return; // keeps nothing that another could open

  test("what was inserted is there when it is opened again", async () => {
    await using dir = await tempDir("index");
    {
      await using index = await opened(subject, dir.path);
      await index.insert([makeRow(1, { tags: [1] }), makeRow(2)]);
      await index.remove([idOf(2)]);
      await index.setStamp(STAMP);
    }
    await using again = await opened(subject, dir.path);
    expect([await again.query({}), await again.stamp()]).toEqual([[makeRow(1, { tags: [1] })], STAMP]);
  });

  test("two of one store see what the other does", async () => {
    await using dir = await tempDir("index");
    await using one = await opened(subject, dir.path);
    await using other = await opened(subject, dir.path);
    await one.insert([makeRow(1), makeRow(2)]);
    expect(await other.count()).toBe(2);
    await other.remove([idOf(1)]);
    expect((await one.find([idOf(1), idOf(2)])).size).toBe(1);
    await other.clear();
    expect(await one.query({})).toEqual([]);
  });

  test("stores of other names share nothing", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    const other = subject.make({ name: "suite-2", columns: {}, dir: dir.path });
    await other.open();
    await index.insert([makeRow(1)]);
    expect(await other.count()).toBe(0);
    await other.clear();
    expect(await index.count()).toBe(1);
    await other.close();
  });
}
