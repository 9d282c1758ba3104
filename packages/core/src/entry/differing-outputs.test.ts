import { expect, test } from "vitest";
import { makeDigest } from "../types/brand.js";
import { differingOutputs } from "./differing-outputs.js";
import type { FileRecord, OutputRecord } from "./manifest.js";

const file = (path: string, content: number, change: Partial<FileRecord> = {}): FileRecord => ({
  kind: "file",
  path,
  sizeBytes: 1,
  mode: 0o400,
  mtimeNs: "1",
  digest: makeDigest("b3", content.toString(16).padStart(64, "0")),
  ...change,
});

const BEFORE: readonly OutputRecord[] = [
  { kind: "dir", path: "sub" },
  file("sub/a", 1),
  file("tool", 2, { mode: 0o500 }),
  { kind: "link", path: "link", target: "sub/a" },
];

test("equal outputs do not differ, whenever they were written and whoever may read them", () => {
  const later = BEFORE.map((output) =>
    output.kind === "file" ? { ...output, mtimeNs: "2", mode: output.mode | 0o044 } : output,
  );
  expect(differingOutputs(BEFORE, later)).toEqual([]);
});

test.each<[string, readonly OutputRecord[], readonly string[]]>([
  ["a content", [...BEFORE.slice(0, 1), file("sub/a", 9), ...BEFORE.slice(2)], ["sub/a"]],
  ["whether it is executable", [...BEFORE.slice(0, 2), file("tool", 2), ...BEFORE.slice(3)], ["tool"]],
  ["where a link leads", [...BEFORE.slice(0, 3), { kind: "link", path: "link", target: "tool" }], ["link"]],
  ["a kind", [{ kind: "link", path: "sub", target: "x" }, ...BEFORE.slice(1)], ["sub"]],
  ["what is there, on either side", [...BEFORE.slice(1), file("new", 3)], ["new", "sub"]],
])("outputs differ in %s", (_, after, paths) => {
  expect(differingOutputs(BEFORE, after)).toEqual(paths);
  expect(differingOutputs(after, BEFORE)).toEqual(paths);
});
