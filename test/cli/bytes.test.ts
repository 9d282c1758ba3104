// Words, values and paths whose bytes are not UTF-8: as texts they would be others.
import { mkdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** é in Latin-1, as a shell writes it. */
const LATIN = `"$(printf '\\351')"`;
/** What stands in a text for such bytes, and is a character like any other. */
const REPLACEMENT = "\ufffd";

describe("what is not UTF-8 is refused before anything runs", () => {
  test.each([
    ["an argument of the command", `run -- tool --cat in.txt --print ${LATIN}`, "argument 4 of the command"],
    ["a flag of runcache", `run --out ${LATIN} -- tool --cat in.txt`, "argument 3 of runcache"],
    ["an operand", `show ${LATIN}`, "argument 2 of runcache"],
    [
      "one of two that look the same",
      `run -- tool --print ${REPLACEMENT} --print ${LATIN}`,
      "argument 4 of the command",
    ],
  ])("%s", async (_, words, place) => {
    const ended = rig.shell(`runcache ${words}`);
    expect(ended).toMatchObject({ code: 125, stdout: "" });
    expect(ended.stderr).toContain(`${place} is not UTF-8`);
    expect(ended.stderr).toContain("ERR_RUNCACHE_NOT_UTF8");
    expect(await rig.tool.count()).toBe(0);
  });

  test("the value of a variable that --env names", async () => {
    const call = (value: string, flags = "--env LEVEL") =>
      rig.shell(`LEVEL=${value} runcache run ${flags} -- tool --cat in.txt`);
    const ended = call(LATIN);
    expect(ended).toMatchObject({ code: 125, stdout: "" });
    expect(ended.stderr).toContain("the variable LEVEL is not UTF-8");
    expect(await rig.tool.count()).toBe(0);
    expect(call(LATIN, "")).toMatchObject({ code: 0, stderr: "" });
    expect(call(REPLACEMENT)).toMatchObject({ code: 0, stderr: "" });
  });

  // Elsewhere file systems have no such names.
  test.skipIf(process.platform !== "linux")("the path of the working directory", async () => {
    const ended = rig.shell(`mkdir ${LATIN} && cd ${LATIN} && runcache run --no-inputs -- tool --write made x`);
    expect(ended).toMatchObject({ code: 125, stdout: "" });
    expect(ended.stderr).toContain("ERR_RUNCACHE_WORKING_DIRECTORY");
    expect(await rig.tool.count()).toBe(0);
    mkdirSync(rig.at(REPLACEMENT));
    expect(rig.shell(`cd ${LATIN} && runcache ls`).code).toBe(125);
    expect(rig.shell(`rmdir ${LATIN} && ls`).stdout).toBe(`in.txt\n${REPLACEMENT}\n`);
  });
});

test("the character that stands for such bytes is an argument like any other", async () => {
  const call = () => rig.call("run", "--", "tool", "--cat", "in.txt", "--print", REPLACEMENT);
  expect(call()).toEqual({ code: 0, signal: null, stdout: `one\n${REPLACEMENT}\n`, stderr: "" });
  expect(call()).toEqual(call());
  expect(await rig.tool.count()).toBe(1);
});

test("a working directory that is gone is one line, and an exit code of runcache's", () => {
  const ended = rig.shell(`mkdir gone && cd gone && rmdir ../gone && runcache run --no-inputs -- tool --print said`);
  expect(ended).toMatchObject({ code: 125, stdout: "" });
  expect(ended.stderr).toContain("the working directory is gone");
  expect(ended.stderr).toContain("ERR_RUNCACHE_WORKING_DIRECTORY");
});
