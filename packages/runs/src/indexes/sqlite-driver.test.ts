import { expect, test, vi } from "vitest";
import * as runs from "../index.js";
import { openSqlite } from "./sqlite-driver.js";

vi.mock("@photostructure/sqlite", () => {
  throw new Error("Cannot find package");
});

test("where the driver is missing, the error names an index that a store takes", async () => {
  const error = await openSqlite("never-made.db").catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: "RunIndexError", code: "ERR_RUNCACHE_INDEX_DRIVER" });
  const [, advised = ""] = /such as index: (\S+)\.$/.exec((error as Error).message) ?? [];
  expect(runs[advised as keyof typeof runs]).toBe(runs.jsonlIndex);
});
