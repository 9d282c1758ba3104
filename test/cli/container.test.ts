import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

describe("a runner and an image", () => {
  test("belong together", () => {
    expect(rig.call("run", "--image", "some/image:1", "--", "tool", "in.txt").stderr).toContain("needs an engine");
    expect(rig.call("run", "--runner", "docker", "--", "tool", "in.txt").stderr).toContain("name one with --image");
  });
});

describe.each(["docker", "podman"] as const)("%s", (engine) => {
  describe.skipIf(requireOrSkip(engine, probes[engine]))("runs the command in an image", () => {
    const flags = ["-v", "--runner", engine, "--image", "runcache-test/busybox:1", "--out", "sub/out.txt"];
    const command = ["sh", "-c", 'cat "$0" >sub/out.txt; echo said; echo "$LEVEL"', "in.txt"];
    const call = (env: Record<string, string> = {}, ...more: string[]) =>
      rig.callWith({ env }, "run", ...flags, ...more, "--", ...command);

    test("once; outputs come to where the command line says, on a miss and on a hit", () => {
      const first = call();
      expect(first).toMatchObject({ code: 0, stdout: "said\n\n" });
      expect(first.stderr).toContain("first run of command/sh");
      expect(readFileSync(rig.at("sub/out.txt"), "utf8")).toBe("one\n");
      rmSync(rig.at("sub"), { recursive: true });
      const second = call();
      expect(second).toMatchObject({ code: 0, stdout: "said\n\n" });
      expect(second.stderr).toContain("hit");
      expect(readFileSync(rig.at("sub/out.txt"), "utf8")).toBe("one\n");
      expect(statSync(rig.at("sub/out.txt")).uid).toBe(process.getuid?.());
      writeFileSync(rig.at("in.txt"), "two\n");
      expect(call().stderr).toContain("input in.txt changed");
      expect(readFileSync(rig.at("sub/out.txt"), "utf8")).toBe("two\n");
    }, 60_000);

    test("with the variables that --env names, and with its own exit code", () => {
      expect(call({ LEVEL: "3" }, "--env", "LEVEL").stdout).toBe("said\n3\n");
      chmodSync(rig.at("in.txt"), 0o644);
      const failing = ["run", ...flags, "--", "sh", "-c", "exit 9", "in.txt"];
      expect(rig.call(...failing).code).toBe(9);
    }, 60_000);

    test("and does not keep what wrote more than --out names", () => {
      const more = () => rig.call("run", ...flags, "--", "sh", "-c", "echo x | tee sub/out.txt >sub/log.txt", "in.txt");
      for (const ended of [more(), more()]) {
        expect(ended.code).toBe(0);
        expect(ended.stderr).toContain("add --out sub/log.txt");
        expect(ended.stderr).not.toContain("hit");
      }
      expect(readFileSync(rig.at("sub/out.txt"), "utf8")).toBe("x\n");
    }, 60_000);

    test("without the cache too", () => {
      expect(call({ RUNCACHE: "off" })).toMatchObject({ code: 0, stdout: "said\n\n" });
      expect(readFileSync(rig.at("sub/out.txt"), "utf8")).toBe("one\n");
    }, 60_000);
  });
});
