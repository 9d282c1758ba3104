import { readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { onPath } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

describe.skipIf(requireOrSkip("make", onPath("make")))("in a Makefile", () => {
  test("an unchanged target is up to date after a hit, and a changed input builds again", async () => {
    const rule = ["out.txt: in.txt", "\truncache run --out $@ -- tool --copy $< $@", ""].join("\n");
    writeFileSync(rig.at("Makefile"), rule);
    expect(rig.shell("make")).toMatchObject({ code: 0, stderr: "" });
    expect(rig.shell("make").stdout).toContain("up to date");
    expect(await rig.tool.count()).toBe(1);
    // A fresh checkout: the target is gone, the input is new.
    rmSync(rig.at("out.txt"));
    writeFileSync(rig.at("in.txt"), "one\n");
    expect(rig.shell("make")).toMatchObject({ code: 0, stderr: "" });
    expect(rig.shell("make").stdout).toContain("up to date");
    expect(await rig.tool.count()).toBe(1);
    writeFileSync(rig.at("in.txt"), "two\n");
    utimesSync(rig.at("out.txt"), 1, 1);
    expect(rig.shell("make").code).toBe(0);
    expect(readFileSync(rig.at("out.txt"), "utf8")).toBe("two\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("a job of several at once gets a pipe for standard input, of which nothing is said", async () => {
    const rule = ["all: a.txt b.txt", "a.txt b.txt: in.txt", "\truncache run --out $@ -- tool --copy $< $@", ""];
    writeFileSync(rig.at("Makefile"), rule.join("\n"));
    expect(rig.shell("make -j2")).toMatchObject({ code: 0, stderr: "" });
    expect(await rig.tool.count()).toBe(2);
  });
});
