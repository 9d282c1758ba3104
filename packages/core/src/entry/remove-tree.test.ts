import { chmodSync, existsSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTree } from "../../../../test/kit/make-tree.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { removeTree } from "./remove-tree.js";

let temp: TempDir;

beforeEach(async () => {
  temp = await tempDir("remove");
});

afterEach(() => temp[Symbol.asyncDispose]());

describe("a tree that is removed", () => {
  test("goes with all that is in it", async () => {
    await makeTree(temp.join("tree"), { "a.txt": "a", sub: { deep: { "b.txt": "b" } } });
    expect(removeTree(temp.join("tree"))).toBe(true);
    expect(existsSync(temp.join("tree"))).toBe(false);
  });

  test("may hold read-only directories and names that are no UTF-8", async () => {
    await makeTree(temp.join("tree"), { sub: { deep: {} } });
    const odd = Buffer.concat([Buffer.from(`${temp.join("tree/sub/deep")}/`), Buffer.from([0x66, 0xff])]);
    mkdirSync(odd);
    writeFileSync(Buffer.concat([odd, Buffer.from("/x")]), "x");
    chmodSync(odd, 0o500);
    for (const dir of ["sub/deep", "sub", ""]) chmodSync(join(temp.join("tree"), dir), 0o500);
    expect(removeTree(temp.join("tree"))).toBe(true);
    expect(existsSync(temp.join("tree"))).toBe(false);
  });

  test("may be a file, a link that leads nowhere, or nothing", () => {
    writeFileSync(temp.join("file"), "");
    symlinkSync("nowhere", temp.join("link"));
    for (const name of ["file", "link", "nothing"]) expect(removeTree(temp.join(name))).toBe(true);
    expect(lstatSync(temp.join("link"), { throwIfNoEntry: false })).toBeUndefined();
  });

  test("takes links with it, and not what they lead to", async () => {
    await makeTree(temp.path, { outside: { precious: "x" }, tree: {} });
    symlinkSync(temp.join("outside"), temp.join("tree/link"));
    symlinkSync(temp.join("outside"), temp.join("root-link"));
    chmodSync(temp.join("outside"), 0o755);
    for (const name of ["tree", "root-link"]) expect(removeTree(temp.join(name))).toBe(true);
    expect(existsSync(temp.join("outside/precious"))).toBe(true);
  });
});
