import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InputError, UsageError } from "../types/errors.js";
import { checkInput } from "./check-input.js";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-inputs-"));
  mkdirSync(join(dir, "tree"));
  writeFileSync(join(dir, "file"), "content");
  symlinkSync("file", join(dir, "link"));
  symlinkSync("nowhere", join(dir, "dangling"));
  execFileSync("mkfifo", [join(dir, "fifo")]);
});
afterAll(() => rmSync(dir, { recursive: true }));

describe("checkInput", () => {
  it("gives the absolute path of files and directories, by whatever path", () => {
    const path = join(dir, "file");
    expect(checkInput(path, false)).toEqual({ hostPath: path, isDirectory: false });
    expect(checkInput(relative(process.cwd(), path), false)).toEqual({ hostPath: path, isDirectory: false });
    expect(checkInput(join(dir, "tree") + "/", false)).toEqual({ hostPath: join(dir, "tree"), isDirectory: true });
  });

  it("follows a link, and keeps its name", () => {
    expect(checkInput(join(dir, "link"), false)).toEqual({ hostPath: join(dir, "link"), isDirectory: false });
  });

  it.each([
    ["missing", "ERR_RUNCACHE_INPUT_MISSING"],
    ["file/below", "ERR_RUNCACHE_INPUT_MISSING"],
    ["dangling", "ERR_RUNCACHE_INPUT_MISSING"],
    ["nul\0", "ERR_RUNCACHE_INPUT_MISSING"],
    ["fifo", "ERR_RUNCACHE_INPUT_KIND"],
  ])("refuses %j with %s and names it", (name, code) => {
    const path = join(dir, name);
    expect(() => checkInput(path, false)).toThrow(InputError);
    expect(() => checkInput(path, false)).toThrow(expect.objectContaining({ code, path }));
  });

  it("refuses a socket and a device", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(dir, "socket"), resolve));
    const kind: unknown = expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_KIND" });
    expect(() => checkInput(join(dir, "socket"), false)).toThrow(kind);
    expect(() => checkInput("/dev/null", false)).toThrow(kind);
    await new Promise((resolve) => server.close(resolve));
  });

  it("wants only the parent where siblings are the input", () => {
    expect(checkInput(join(dir, "prefix"), true)).toEqual({ hostPath: join(dir, "prefix"), isDirectory: true });
    const missing: unknown = expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_MISSING", path: join(dir, "no") });
    expect(() => checkInput(join(dir, "no", "prefix"), true)).toThrow(missing);
  });

  it.each([[null], [undefined], [7], [""]])("refuses %j, which is no path", (given) => {
    expect(() => checkInput(given as string, false)).toThrow(UsageError);
    expect(() => checkInput(given as string, false)).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_PATH" }),
    );
  });
});
