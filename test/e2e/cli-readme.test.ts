// The page of the command promises what is shown on it: every block is run as it stands there.
import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "../cli/rig.js";
import { onPath } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { blockOf, masked, replay } from "./shown-session.js";

const PAGE = "packages/cli/README.md";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "names.txt": "b\na\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const expectSession = (heading: string) => {
  const session = blockOf(PAGE, heading, "console");
  expect(masked(replay(session, { cwd: rig.work, env: { ...rig.env, LC_ALL: "C" } }))).toBe(masked(session));
};

test("the first session goes as it says", () => {
  expectSession("");
});

describe.skipIf(requireOrSkip("make", onPath("make")))("with make", () => {
  test("the Makefile and its session do as they say", () => {
    writeFileSync(rig.at("Makefile"), blockOf(PAGE, "With make", "make"));
    expectSession("With make");
  });
});
