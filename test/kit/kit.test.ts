import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { makeCountingTool } from "./counting-tool.js";
import { openGate } from "./gate.js";
import { dir, fifo, file, makeTree, symlink } from "./make-tree.js";
import { readTree } from "./read-tree.js";
import { requireOrSkip } from "./skips.js";
import { tempDir } from "./temp-dir.js";

describe("trees", () => {
  test("what is made is what is read", async () => {
    await using temp = await tempDir("kit with spaces é");
    const tree = {
      "a.txt": "one\n",
      "bytes.bin": Buffer.from([0xff, 0x00]),
      empty: {},
      pipe: fifo(),
      nested: { link: symlink("../a.txt"), dangling: symlink("nowhere") },
    };
    await makeTree(temp.path, tree);
    expect(await readTree(temp.path)).toEqual(tree);
  });

  test("modes are kept whatever the umask, and names may hold slashes", async () => {
    await using temp = await tempDir();
    await makeTree(temp.path, { "bin/tool": file("x", { mode: 0o777 }), locked: dir({ inside: "y" }, 0o555) });
    expect(await readTree(temp.path, { modes: true, without: ["locked"] })).toEqual({
      bin: { tool: file("x", { mode: 0o777 }) },
    });
  });
});

test("a temporary directory is gone after its scope, read-only directories included", async () => {
  let root: string;
  {
    await using temp = await tempDir();
    root = temp.path;
    await makeTree(root, { locked: dir({ file: file("x", { mode: 0o400 }) }, 0o500) });
  }
  expect(existsSync(root)).toBe(false);
});

describe("the counting tool", () => {
  test("does what its arguments say, in order, and counts its executions", async () => {
    await using temp = await tempDir("it's");
    const tool = await makeCountingTool(temp.path);
    expect(await tool.count()).toBe(0);

    await makeTree(temp.join("work"), { in: "content" });
    const args = ["--print", "out", "--print-error", "err", "--copy", "in", "copied", "--mkdir", "d/e"];
    const more = ["--write", "d/e/f", "text", "--symlink", "f", "d/e/link", "--raw=no newline", "--exit", "3"];
    const result = spawnSync(tool.path, [...args, ...more], { cwd: temp.join("work"), encoding: "utf8" });

    expect(result).toMatchObject({ status: 3, stdout: "out\nno newline", stderr: "err\n" });
    expect(await readTree(temp.join("work"))).toEqual({
      in: "content",
      copied: "content",
      d: { e: { f: "text\n", link: symlink("f") } },
    });
    expect(await tool.count()).toBe(1);
  });

  test("goes on counting after it was replaced by another version", async () => {
    await using temp = await tempDir();
    const first = await makeCountingTool(temp.path);
    spawnSync(first.path);
    const second = await makeCountingTool(temp.path, { version: "2" });
    spawnSync(second.path);
    expect(await second.count()).toBe(2);
  });

  test("is held at a gate until it is released", async () => {
    await using temp = await tempDir();
    const tool = await makeCountingTool(temp.path);
    using gate = await openGate(temp.join("gate"));
    const children = [1, 2].map(() => spawn(tool.path, ["--gate", gate.dir, "--print", "went on"]));
    const ended = children.map((child) => once(child, "close"));
    await gate.arrived();
    await gate.arrived();
    expect(children.map((child) => child.exitCode)).toEqual([null, null]);
    gate.release();
    await Promise.race(ended);
    expect(children.map((child) => child.exitCode).sort()).toEqual([0, null]);
    gate.release();
    await Promise.all(ended);
    expect(await tool.count()).toBe(2);
  });
});

describe("requireOrSkip", () => {
  test("runs the tests where the part is there", () => {
    expect(requireOrSkip("present", () => null)).toBe(false);
  });

  test("skips with the reason, said once, where it is missing", () => {
    vi.stubEnv("RUNCACHE_FORBID_SKIPS", "");
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect([1, 2].map(() => requireOrSkip("engine", () => "not installed"))).toEqual([true, true]);
    expect(said.mock.calls).toEqual([["skipped, engine: not installed\n"]]);
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  test("throws instead where skips are forbidden", () => {
    vi.stubEnv("RUNCACHE_FORBID_SKIPS", "1");
    expect(() => requireOrSkip("engine", () => "not installed")).toThrow(/engine is required here.*not installed/);
    vi.unstubAllEnvs();
  });
});
