import { describe, expect, it } from "vitest";
import { checkArguments, checkStrings, refuseAnnounced } from "./command-args.js";

describe("checkArguments", () => {
  it("accepts any strings, empty ones too", () => {
    expect(() => checkArguments(["tool", "", "-x", "a b", "\n"])).not.toThrow();
  });

  it.each<[title: string, cargs: readonly unknown[], message: RegExp]>([
    ["nothing", [], /empty/],
    ["null", ["tool", "-o", null], /argument 2 of tool is null/],
    ["a number", ["tool", 5], /argument 1 of tool is 5/],
    ["a NUL", ["tool", "a\0b"], /argument 1 of tool holds a NUL/],
    // eslint-disable-next-line no-sparse-arrays -- what is not there is skipped by forEach
    ["a hole", ["tool", , "x"], /argument 1 of tool is undefined/],
  ])("refuses %s", (_, cargs, message) => {
    const check = (): void => checkArguments(cargs as string[]);
    expect(check).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_ARGUMENT" }));
    expect(check).toThrow(message);
  });
});

describe("a command line that is no array", () => {
  it.each([
    ["a text", "tool x", /the command line is "tool x", not an array of strings: \["tool", "-x"\]/],
    ["nothing", undefined, /the command line is undefined, not an array of strings/],
    ["an object", { length: 1 }, /the command line is \[object Object\], not/],
  ])("is refused: %s", (_, cargs, message) => {
    const check = (): void => checkArguments(cargs as unknown as string[]);
    expect(check).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_ARGUMENT" }));
    expect(check).toThrow(message);
  });
});

describe("checkStrings", () => {
  it("lets nothing at all pass, which is the command line of a function", () => {
    expect(() => checkStrings([])).not.toThrow();
  });
});

describe("refuseAnnounced", () => {
  it.each(["/data/out", "/data/out/x.nii", "--out=/data/out/x.nii", "-o/data/out"])("refuses %s", (argument) => {
    expect(() => refuseAnnounced(["tool", argument], "/data/out")).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_ANNOUNCED_ARGUMENT" }),
    );
  });

  it.each(["x.nii", "/data/outer/x.nii", "/data"])("lets %s pass", (argument) => {
    expect(() => refuseAnnounced(["tool", argument], "/data/out")).not.toThrow();
  });
});
