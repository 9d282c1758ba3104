import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { flush } from "./flush.js";

let temp: TempDir;

beforeEach(async () => {
  temp = await tempDir("flush");
});

afterEach(() => temp[Symbol.asyncDispose]());

function files(count: number): string[] {
  mkdirSync(temp.join("sub"));
  const paths = Array.from({ length: count }, (_, index) => temp.join("sub", String(index)));
  for (const path of paths) writeFileSync(path, "x");
  return [...paths, temp.join("sub"), temp.path];
}

describe.each([
  ["blocking", (flow: Flow<void>) => Promise.resolve().then(() => runBlocking(flow))],
  ["not blocking", (flow: Flow<void>) => runUnblocked(flow)],
])("a flush, %s", (_, carryOut) => {
  test.each([0, 3, 40])("takes %d files and their directories", async (count) => {
    await expect(carryOut(flush(temp.path, files(count)))).resolves.toBeUndefined();
  });

  test("fails where a path cannot be opened: what was not flushed must not be named", async () => {
    const paths = [...files(3), temp.join("gone")];
    await expect(carryOut(flush(temp.path, paths))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
