import { writeFileSync, rmSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { environmentDigest } from "@runcache/core";
import { expect, test } from "vitest";
import { fingerprintExtraArguments, hasOption } from "./extra-arguments.js";

test("arguments enter as they are, in their order", () => {
  expect(fingerprintExtraArguments(["--gpus", "all", "--memory=4g"], {})).toEqual(["--gpus", "all", "--memory=4g"]);
});

test("values of variables enter as digests, however they are spelt", () => {
  const entered = ["--env", `A=${environmentDigest("secret")}`];
  for (const args of [["--env", "A=secret"], ["-e", "A=secret"], ["--env=A=secret"], ["-eA=secret"]]) {
    expect(fingerprintExtraArguments(args, {})).toEqual(entered);
  }
});

test("a variable that is passed on enters with the value it has now; unset differs from empty", () => {
  const enter = (environ: Record<string, string>): string[] => fingerprintExtraArguments(["-e", "A"], environ);
  expect(enter({ A: "1" })).toEqual(["--env", `A=${environmentDigest("1")}`]);
  expect(enter({ A: "" })).toEqual(["--env", `A=${environmentDigest("")}`]);
  expect(enter({})).toEqual(["--env", "A"]);
});

test("a file of variables enters by its content, and must be there", () => {
  const dir = mkdtempSync(join(tmpdir(), "runcache-test-"));
  try {
    const file = join(dir, "env");
    writeFileSync(file, "A=1\n");
    const before = fingerprintExtraArguments(["--env-file", file], {});
    expect(fingerprintExtraArguments([`--env-file=${file}`], {})).toEqual(before);
    expect(before.join()).not.toContain("A=1");
    writeFileSync(file, "A=2\n");
    expect(fingerprintExtraArguments(["--env-file", file], {})).not.toEqual(before);
    expect(() => fingerprintExtraArguments(["--env-file", join(dir, "none")], {})).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_ENV_FILE" }),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("options are found in both spellings", () => {
  expect(hasOption(["--network", "host"], "--network", "--net")).toBe(true);
  expect(hasOption(["--net=host"], "--network", "--net")).toBe(true);
  expect(hasOption(["--network-alias=x", "--networks"], "--network", "--net")).toBe(false);
});
