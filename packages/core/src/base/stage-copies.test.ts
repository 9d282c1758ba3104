import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { stageCopies } from "./stage-copies.js";

let dir: string;
let source: string;
let out: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-copies-"));
  [source, out] = [join(dir, "source"), join(dir, "out")];
  mkdirSync(source);
  mkdirSync(out);
});
afterEach(() => rmSync(dir, { recursive: true }));

function stage(name: string, path: string): void {
  runBlocking(stageCopies(new Map([[name, path]]), out));
}

describe("stageCopies", () => {
  it.each<[title: string, drive: (flow: Flow<void>) => unknown]>([
    ["blocking", runBlocking],
    ["not blocking", runUnblocked],
  ])("copies a file so that its owner may write it and the source stays (%s)", async (_, drive) => {
    const path = join(source, "a.txt");
    writeFileSync(path, "original");
    chmodSync(path, 0o4555);
    await drive(stageCopies(new Map([["a_1.txt", path]]), out));
    expect(statSync(join(out, "a_1.txt")).mode & 0o7777).toBe(0o755);
    writeFileSync(join(out, "a_1.txt"), "changed");
    expect(readFileSync(path, "utf8")).toBe("original");
    expect(statSync(path).mode & 0o7777).toBe(0o4555);
  });

  it("copies what a link means", () => {
    writeFileSync(join(source, "real"), "content");
    symlinkSync("real", join(source, "link"));
    stage("link", join(source, "link"));
    expect(lstatSync(join(out, "link")).isFile()).toBe(true);
    expect(readFileSync(join(out, "link"), "utf8")).toBe("content");
  });

  it("copies a directory, whose links then lead nowhere but into the copy", () => {
    const outside = join(dir, "outside");
    mkdirSync(join(outside, "more"), { recursive: true });
    writeFileSync(join(outside, "far"), "far");
    writeFileSync(join(outside, "more", "deep"), "deep");
    mkdirSync(join(source, "sub"));
    mkdirSync(join(source, "empty"));
    writeFileSync(join(source, "near"), "near");
    symlinkSync("../near", join(source, "sub", "relative"));
    symlinkSync(join(source, "near"), join(source, "sub", "absolute"));
    symlinkSync(join(outside, "far"), join(source, "file"));
    symlinkSync("../outside", join(source, "directory"));
    symlinkSync("nowhere", join(source, "dangling"));
    stage("copy", source);
    const copy = join(out, "copy");
    expect(readlinkSync(join(copy, "sub", "relative"))).toBe("../near");
    expect(readlinkSync(join(copy, "sub", "absolute"))).toBe("../near");
    expect(lstatSync(join(copy, "file")).isFile()).toBe(true);
    expect(lstatSync(join(copy, "directory")).isDirectory()).toBe(true);
    expect(readFileSync(join(copy, "directory", "more", "deep"), "utf8")).toBe("deep");
    expect(readlinkSync(join(copy, "dangling"))).toBe("nowhere");
    expect(statSync(join(copy, "empty")).isDirectory()).toBe(true);
    writeFileSync(join(copy, "sub", "absolute"), "changed");
    writeFileSync(join(copy, "file"), "changed");
    expect(readFileSync(join(source, "near"), "utf8")).toBe("near");
    expect(readFileSync(join(outside, "far"), "utf8")).toBe("far");
  });

  it("refuses a directory that a link brings into itself", () => {
    symlinkSync("..", join(source, "up"));
    expect(() => stage("copy", source)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_KIND" }));
  });

  it("says which source went away before the run", () => {
    expect(() => stage("gone", join(source, "gone"))).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_MISSING", path: join(source, "gone") }) as Error,
    );
  });

  it("never writes over what stands in the output directory", () => {
    writeFileSync(join(out, "a.txt"), "theirs");
    writeFileSync(join(source, "a.txt"), "ours");
    expect(() => stage("a.txt", join(source, "a.txt"))).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_COPY",
        cause: expect.objectContaining({ code: "EEXIST" }) as Error,
      }),
    );
    expect(readFileSync(join(out, "a.txt"), "utf8")).toBe("theirs");
  });
});
