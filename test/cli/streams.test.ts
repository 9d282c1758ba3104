import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openGate } from "../kit/gate.js";
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

describe("a large stream", () => {
  test("passes through in little memory, on a miss and on a hit", () => {
    const bytes = 300_000_000;
    const call = () =>
      rig.shell(
        `NODE_OPTIONS=--max-old-space-size=64 runcache run -v --no-inputs -- head -c ${bytes} /dev/zero | wc -c`,
      );
    const first = call();
    const second = call();
    expect([first.stdout.trim(), second.stdout.trim()]).toEqual([String(bytes), String(bytes)]);
    expect(first.stderr).toContain("stored");
    expect(second.stderr).toContain("hit");
  }, 120_000);

  test.skipIf(requireOrSkip("linux", probes.linux))("that cannot be written is a fault with advice", () => {
    for (const words of ["run -- cat in.txt", "help"]) {
      const full = rig.shell(`runcache ${words} >/dev/full`);
      expect(full.code).toBe(125);
      expect(full.stderr).toMatch(/^runcache: standard output cannot be written \(ENOSPC.*\[ERR_RUNCACHE_OUTPUT\]\n$/);
    }
    expect(rig.shell("runcache run -- tool --cat missing 2>/dev/full").code).not.toBe(0);
  });

  test("whose reader goes away is kept all the same", () => {
    const line = "runcache run -v --no-inputs -- seq 200000";
    const head = rig.shell(`${line} | head -n 1`);
    expect(head.stdout).toBe("1\n");
    expect(head.stderr).toContain("stored");
    const tail = rig.shell(`${line} | tail -n 1`);
    expect(tail.stdout).toBe("200000\n");
    expect(tail.stderr).toContain("hit");
  });

  test("without end and without a reader ends the command as a shell would", () => {
    const ended = rig.shell("{ runcache run --no-inputs -- yes; echo $? >code; } | head -n 1");
    expect(ended).toMatchObject({ stdout: "y\n", stderr: "" });
    expect(readFileSync(rig.at("code"), "utf8")).toBe("141\n");
    expect(readdirSync(rig.temp.join("cache", ".incoming"))).toEqual([]);
  }, 60_000);
});

describe.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)("%s", (signal, code) => {
  test("ends the command, keeps nothing of it, and gives the exit code of shells", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const child = rig.start(
      {},
      "run",
      "--no-inputs",
      "--out",
      "out.txt",
      "--",
      "tool",
      "--cat",
      "in.txt",
      "--gate",
      gate.dir,
    );
    await gate.arrived();
    child.kill(signal);
    expect(await once(child, "close")).toEqual([code, null]);
    expect(readdirSync(rig.temp.join("cache", ".incoming"))).toEqual([]);
    const [pid] = readFileSync(rig.temp.join("tool.count"), "utf8").trim().split("\n");
    expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  });
});
