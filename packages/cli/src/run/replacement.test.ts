import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lstatIfAny } from "./path-stamps.js";
import { Replacement } from "./replacement.js";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-replacement-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const place = () => join(dir, "place");

const make = {
  nothing: () => undefined,
  file: (path: string, content: string) => writeFileSync(path, content),
  directory: (path: string, content: string) => {
    mkdirSync(path);
    writeFileSync(join(path, "inner"), content);
  },
  link: (path: string, content: string) => symlinkSync(content, path),
};

/** What stands at the place, in one word. */
function found(): string {
  const stats = lstatIfAny(place());
  if (stats === undefined) return "nothing";
  if (stats.isSymbolicLink()) return "link";
  return stats.isDirectory()
    ? `directory ${readFileSync(join(place(), "inner"), "utf8")}`
    : `file ${readFileSync(place(), "utf8")}`;
}

const kinds = ["file", "directory", "link"] as const;
const pairs = (["nothing", ...kinds] as const).flatMap((old) => kinds.map((fresh) => [old, fresh] as const));

describe.each(pairs)("over %s, %s", (old, fresh) => {
  const replacement = () => {
    make[old](place(), "old");
    const made = new Replacement(place());
    make[fresh](made.draft, "new");
    return made;
  };

  test("takes its place, and leaves nothing beside it", () => {
    const made = replacement();
    made.swap();
    made.finish();
    expect(found()).toBe(fresh === "link" ? "link" : `${fresh} new`);
    expect(readdirSync(dir)).toEqual(["place"]);
  });

  test.each(["before", "after"])("undone %s the swap, leaves everything as it was", (when) => {
    const made = replacement();
    const before = lstatIfAny(place())?.ino;
    if (when === "after") made.swap();
    made.undo();
    expect(found()).toBe(old === "file" || old === "directory" ? `${old} old` : old);
    expect(lstatIfAny(place())?.ino).toBe(before);
    expect(readdirSync(dir)).toEqual(old === "nothing" ? [] : ["place"]);
  });
});

test("a file that has other names keeps them", () => {
  make.file(place(), "old");
  linkSync(place(), join(dir, "other"));
  const replacement = new Replacement(place());
  make.file(replacement.draft, "new");
  replacement.swap();
  replacement.undo();
  expect(lstatIfAny(place())?.ino).toBe(lstatIfAny(join(dir, "other"))?.ino);
  expect(readdirSync(dir).sort()).toEqual(["other", "place"]);
});
