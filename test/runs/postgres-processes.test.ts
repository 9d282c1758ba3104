import { afterAll, describe, expect, test } from "vitest";
import { postgresIndex, type RunIndex } from "@runcache/runs";
import { POSTGRES_URL, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { insertAtOnce, insertUntilKilled } from "./processes.js";

const name = `processes-${String(process.pid)}-${String(Date.now())}`;

describe.skipIf(requireOrSkip("postgres", probes.postgres))("in PostgreSQL", () => {
  async function openIndex(): Promise<RunIndex> {
    const index = postgresIndex({ connectionString: POSTGRES_URL })({
      dir: "/nowhere",
      name,
      columns: { n: "integer" },
    });
    await index.open();
    return index;
  }

  const options = { kind: "postgres", url: POSTGRES_URL, dir: "/nowhere", name } as const;

  afterAll(async () => {
    const index = await openIndex();
    await index.clear();
    await index.close();
  });

  test("Ten processes that insert at once lose nothing.", async () => {
    const ids = await insertAtOnce(options, { processes: 10, rows: 40 });
    const index = await openIndex();
    expect((await index.find(ids)).size).toBe(400);
    await index.close();
  });

  test("A process that is killed loses nothing that it was told is kept.", async () => {
    const kept = await insertUntilKilled(options);
    const index = await openIndex();
    const found = await index.find(kept);
    expect(kept.filter((id) => !found.has(id))).toEqual([]);
    await index.close();
  });
});
