import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DataDir } from "./data-dir.js";

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), "runcache-data-"))));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

describe("DataDir", () => {
  it("gives every execution a directory of its own, named for the tool, and makes none", () => {
    const dataDir = new DataDir(dir);
    const [first, second] = [dataDir.next("blur"), dataDir.next("blur")];
    expect(first).not.toBe(second);
    expect(dirname(first)).toBe(dir);
    expect(first).toMatch(/_blur$/);
    expect(existsSync(first)).toBe(false);
  });

  it("gives two runners in one directory different names", () => {
    expect(new DataDir(dir).next("blur")).not.toBe(new DataDir(dir).next("blur"));
  });

  it.each(["a/b", "..", "a\0b", "x".repeat(300)])("keeps a tool called %j inside", (name) => {
    const path = new DataDir(dir).next(name);
    expect(dirname(path)).toBe(dir);
    new DataDir(dir).make(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it("lies where RUNCACHE_DATA_DIR says, unless the caller says otherwise", () => {
    vi.stubEnv("RUNCACHE_DATA_DIR", dir);
    expect(dirname(new DataDir(undefined).next("blur"))).toBe(dir);
    expect(dirname(new DataDir("/elsewhere").next("blur"))).toBe("/elsewhere");
  });

  it("is a private temporary directory where nobody says", () => {
    vi.stubEnv("RUNCACHE_DATA_DIR", "");
    vi.stubEnv("TMPDIR", dir);
    const dataDir = new DataDir(undefined);
    const path = dataDir.next("blur");
    expect(dirname(dirname(path))).toBe(dir);
    dataDir.make(path);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  });

  it("says what to set where a directory cannot be made", () => {
    writeFileSync(join(dir, "file"), "");
    const dataDir = new DataDir(join(dir, "file"));
    expect(() => dataDir.make(dataDir.next("blur"))).toThrow(/RUNCACHE_DATA_DIR/);
    expect(() => dataDir.make(dataDir.next("blur"))).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_DATA_DIR" }),
    );
  });
});
