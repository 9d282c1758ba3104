import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { CacheRootError } from "../types/errors.js";
import { ensureDir, openRoot } from "./cache-root.js";
import type { Sharing } from "./marker.js";

let temp: TempDir;
let dir: string;

beforeEach(async () => {
  temp = await tempDir("root");
  dir = temp.join("a cache", "mit Ümlaut");
});

afterEach(() => temp[Symbol.asyncDispose]());

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

function refusal(path: string, options = {}): CacheRootError {
  try {
    openRoot(path, options);
  } catch (error) {
    if (error instanceof CacheRootError) return error;
    throw error;
  }
  throw new Error("it was opened");
}

describe("a cache that is made", () => {
  test("is marked for us, and for programs that make backups", () => {
    const root = openRoot(dir, { create: true });
    expect(root).toMatchObject({ dir, marker: { layout: 1, shared: "private", limits: {} }, exposedBy: null });
    expect(readdirSync(dir).sort()).toEqual([".runcache.json", "CACHEDIR.TAG"]);
    expect(readFileSync(`${dir}/CACHEDIR.TAG`, "utf8")).toMatch(/^Signature: 8a477f597d28d172789f06886806bc55\n/);
    expect(openRoot(dir)).toEqual(root);
  });

  test.each<[Sharing, string, string, string]>([
    ["private", "700", "600", "700"],
    ["group", "2770", "640", "2770"],
    ["world-read", "755", "644", "755"],
  ])("for %s use has modes %s, whatever the umask", (shared, directory, marker, inner) => {
    const umask = process.umask(0o077);
    try {
      const root = openRoot(dir, { create: true, shared, limits: { maxSize: "50G" } });
      expect([mode(dir), mode(`${dir}/.runcache.json`)]).toEqual([directory, marker]);
      expect(mode(ensureDir(root, "ab"))).toBe(inner);
      expect(openRoot(dir).marker).toEqual({ layout: 1, shared, limits: { maxSize: "50G" } });
    } finally {
      process.umask(umask);
    }
  });

  test("inside a setgid directory is for the group", () => {
    mkdirSync(temp.join("team"));
    chmodSync(temp.join("team"), 0o2775);
    expect(openRoot(temp.join("team/cache"), { create: true }).marker.shared).toBe("group");
  });

  test("keeps the marker that is there: the first one decides", () => {
    openRoot(dir, { create: true, shared: "world-read" });
    expect(openRoot(dir, { create: true, shared: "group" }).marker.shared).toBe("world-read");
  });

  test("may be an empty directory, or what a killed process left", () => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}/.runcache.json.${"0".repeat(32)}`, "");
    mkdirSync(`${dir}/ab`);
    expect(openRoot(dir, { create: true }).marker.layout).toBe(1);
  });
});

describe("what is no cache", () => {
  test("is not made unless that is asked for", () => {
    expect(refusal(dir)).toMatchObject({ code: "ERR_RUNCACHE_ROOT_MISSING", cacheDir: dir });
    expect(lstatSync(dir, { throwIfNoEntry: false })).toBeUndefined();
  });

  test("is left alone: a directory of something else", () => {
    mkdirSync(temp.join("data"));
    writeFileSync(temp.join("data/precious"), "x");
    expect(refusal(temp.join("data"))).toMatchObject({ code: "ERR_RUNCACHE_ROOT_FOREIGN" });
    const { code, message } = refusal(temp.join("data"), { create: true });
    expect(code).toBe("ERR_RUNCACHE_ROOT_FOREIGN");
    expect(message).toContain('"precious"');
    expect(readdirSync(temp.join("data"))).toEqual(["precious"]);
  });

  test("is refused: a file in the way", () => {
    writeFileSync(temp.join("file"), "x");
    for (const path of [temp.join("file"), temp.join("file/below")]) {
      expect(refusal(path, { create: true })).toMatchObject({ code: "ERR_RUNCACHE_ROOT_UNUSABLE" });
    }
  });

  test.each([
    ["another layout", '{"layout":2}', "ERR_RUNCACHE_ROOT_VERSION"],
    ["no JSON", "{", "ERR_RUNCACHE_ROOT_UNUSABLE"],
    ["no object", "[]", "ERR_RUNCACHE_ROOT_UNUSABLE"],
    ["an unknown sharing", '{"layout":1,"shared":"everybody"}', "ERR_RUNCACHE_ROOT_UNUSABLE"],
    ["limits that are no object", '{"layout":1,"limits":[]}', "ERR_RUNCACHE_ROOT_UNUSABLE"],
  ])("is refused: a marker with %s", (_, text, code) => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}/.runcache.json`, text);
    expect(refusal(dir, { create: true })).toMatchObject({ code });
    expect(readFileSync(`${dir}/.runcache.json`, "utf8")).toBe(text);
  });
});

describe("a directory of the cache", () => {
  test("is made once, and again after somebody removed the whole cache", () => {
    const root = openRoot(dir, { create: true, shared: "group" });
    expect(ensureDir(root, ".trash")).toBe(`${dir}/.trash`);
    expect(ensureDir(root, ".trash")).toBe(`${dir}/.trash`);
    rmSync(dir, { recursive: true });
    ensureDir(root, ".trash");
    expect(openRoot(dir).marker).toEqual(root.marker);
  });

  test("is not made where something else took the cache's place", () => {
    const root = openRoot(dir, { create: true });
    rmSync(dir, { recursive: true });
    writeFileSync(dir, "a file");
    expect(() => ensureDir(root, ".trash")).toThrow(expect.objectContaining({ code: "ENOTDIR" }));
    expect(readFileSync(dir, "utf8")).toBe("a file");
  });
});

describe("a cache that anybody could plant entries in", () => {
  test("names the directory through which", () => {
    mkdirSync(temp.join("open/inner"), { recursive: true });
    chmodSync(temp.join("open"), 0o777);
    expect(openRoot(temp.join("open/inner/cache"), { create: true }).exposedBy).toBe(temp.join("open"));
  });

  test("is not one below a sticky directory, but one that is sticky itself", () => {
    mkdirSync(temp.join("sticky"));
    chmodSync(temp.join("sticky"), 0o1777);
    const root = openRoot(temp.join("sticky/cache"), { create: true });
    expect(root.exposedBy).toBeNull();
    chmodSync(root.dir, 0o1777);
    expect(openRoot(root.dir).exposedBy).toBe(root.dir);
  });
});
