import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeIndex, readDescriptions, type IndexDescription } from "./index-description.js";

const DESCRIPTION: IndexDescription = { kind: "sqlite", columns: [["dt", "real"]] };

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-description-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

test("what was described is read; the latest counts, and nothing else is left", () => {
  describeIndex(dir, "decay", { kind: "jsonl", columns: [] });
  describeIndex(dir, "decay", DESCRIPTION);
  describeIndex(dir, "a.b", { kind: "postgres", columns: [] });
  expect(Object.fromEntries(readDescriptions(dir))).toEqual({
    decay: DESCRIPTION,
    "a.b": { kind: "postgres", columns: [] },
  });
  expect(readdirSync(dir)).toEqual(["a.b.store.json", "decay.store.json"]);
});

test("what is as it was is not written again", () => {
  const identity = () => statSync(join(dir, "decay.store.json")).ino;
  describeIndex(dir, "decay", DESCRIPTION);
  const before = identity();
  describeIndex(dir, "decay", DESCRIPTION);
  expect(identity()).toBe(before);
});

test("damaged descriptions are passed over, and columns of kinds that are unknown", () => {
  for (const [name, text] of Object.entries({
    cut: '{"index":"sqlite","colu',
    list: "[]",
    nothing: "null",
    number: '{"index":1,"columns":[]}',
    newer: '{"index":"sqlite","columns":[["dt","real"],["at","time"],["x"],7,null]}',
  }))
    writeFileSync(join(dir, `${name}.store.json`), text);
  mkdirSync(join(dir, "directory.store.json"));
  expect([...readDescriptions(dir)]).toEqual([["newer", DESCRIPTION]]);
});

test("where nothing can be written, nothing is said; a missing directory describes nothing", () => {
  const missing = join(dir, "missing");
  expect(() => describeIndex(missing, "decay", DESCRIPTION)).not.toThrow();
  expect([...readDescriptions(missing)]).toEqual([]);
});
