import { expect, test } from "vitest";
import { sqliteIndex } from "@runcache/runs";
import { tempDir } from "../kit/temp-dir.js";
import { insertAtOnce, insertUntilKilled } from "./processes.js";

const COLUMNS = { n: "integer" } as const;

test("Ten processes that insert at once lose nothing.", async () => {
  await using dir = await tempDir();
  const options = { kind: "sqlite", dir: dir.path, name: "s" } as const;
  const ids = await insertAtOnce(options, { processes: 10, rows: 40 });
  const index = sqliteIndex({ dir: dir.path, name: "s", columns: COLUMNS });
  await index.open();
  expect((await index.find(ids)).size).toBe(400);
  expect(await index.count()).toBe(400);
  await index.close();
});

test("A process that is killed loses nothing that it was told is kept.", async () => {
  await using dir = await tempDir();
  const kept = await insertUntilKilled({ kind: "sqlite", dir: dir.path, name: "s" });
  const index = sqliteIndex({ dir: dir.path, name: "s", columns: COLUMNS });
  await index.open();
  const found = await index.find(kept);
  expect(kept.filter((id) => !found.has(id))).toEqual([]);
  await index.close();
});
