import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { tempDir } from "../../kit/temp-dir.js";
import { CONTEXT, idOf, makeRow, opened, type IndexUnderTest } from "./rows.js";

const inserter = fileURLToPath(new URL("insert-rows.mjs", import.meta.url));
const PROCESSES = 10;
const ROWS_EACH = 40;

/** Many processes at once. */
export function testProcesses(subject: IndexUnderTest): void {
  const { shared } = subject;
  if (shared === null) return;
  const madeIn = (dir: string) => ({
    exported: shared.exported,
    args: shared.args?.(dir),
    context: { ...CONTEXT, dir },
  });

  test("ten processes insert at once and lose nothing", async () => {
    await using dir = await tempDir("index");
    await using index = await opened(subject, dir.path);
    const ends = Array.from({ length: PROCESSES }, async (_, which) => {
      const rows = Array.from({ length: ROWS_EACH }, (_, n) =>
        makeRow(which * ROWS_EACH + n, { method: "x".repeat(n * 40) }),
      );
      const child = fork(inserter, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
      child.send({ ...madeIn(dir.path), rows });
      return (await once(child, "exit")) as [number | null];
    });
    expect(await Promise.all(ends)).toEqual(ends.map(() => [0, null]));
    expect(await index.count()).toBe(PROCESSES * ROWS_EACH);
    const ids = Array.from({ length: PROCESSES * ROWS_EACH }, (_, n) => idOf(n));
    expect((await index.find(ids)).size).toBe(ids.length);
  });

  test("a killed process loses nothing that it was told is kept", async () => {
    await using dir = await tempDir("index");
    const child = fork(inserter, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const rows = Array.from({ length: 5000 }, (_, n) => makeRow(n));
    let kept = 0;
    child.on("message", (count: number) => {
      kept = count;
      if (kept >= 5) child.kill("SIGKILL");
    });
    child.send({ ...madeIn(dir.path), rows });
    await once(child, "exit");
    expect(kept).toBeGreaterThanOrEqual(5);
    await using index = await opened(subject, dir.path);
    expect((await index.find(rows.slice(0, kept).map(({ id }) => id))).size).toBe(kept);
    await index.insert([makeRow(9999)]);
    expect((await index.find([idOf(9999)])).size).toBe(1);
  });
}
