// FAULTS §2d, rows 51 and 53: streams that are huge, binary, cut off or without a reader, and secrets.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect } from "vitest";
import { makeCliRig, type CliRig } from "../cli/rig.js";
import { openGate } from "../kit/gate.js";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault, isLong } from "./fault.js";

const noLinux = requireOrSkip("Linux", probes.linux);

/** A heap that no large stream fits into. */
const SMALL_HEAP = "NODE_OPTIONS=--max-old-space-size=100";

function stagingOf({ temp }: CliRig): string[] {
  return readdirSync(temp.join("cache", ".incoming"));
}

describe("streams", () => {
  fault(
    {
      row: 53,
      fault: "a huge standard output, with a heap of 100 MB",
      behaviour: "passes whole on a miss and on a hit",
      method: "64 MiB (1 GiB in the long run) of binary bytes through runcache run, their digest compared",
    },
    async () => {
      await using rig = await makeCliRig();
      const mebibytes = isLong ? 1024 : 64;
      const bytes = Buffer.from(Array.from({ length: 1 << 14 }, (_, at) => (at * at + (at >> 3)) & 0xff));
      const block = Buffer.concat(Array.from({ length: 64 }, () => bytes)); // 1 MiB
      writeFileSync(rig.at("block"), block);
      const hash = createHash("sha256");
      for (let count = 0; count < mebibytes; count++) hash.update(block);
      const expected = hash.digest("hex");
      const tool = `for i in $(seq ${mebibytes}); do cat block; done`;
      const call = () => rig.shell(`${SMALL_HEAP} runcache run -v --in block -- sh -c '${tool}' | sha256sum`);
      const [first, second] = [call(), call()];
      expect([first.stdout.slice(0, 64), second.stdout.slice(0, 64)]).toEqual([expected, expected]);
      expect([first.stderr, second.stderr].map((text) => /stored|hit/.exec(text)?.[0])).toEqual(["stored", "hit"]);
      return { mebibytes };
    },
    { timeoutMs: 300_000 },
  );

  fault(
    {
      row: 53,
      fault: "binary streams without a final line feed, on both descriptors",
      behaviour: "come back byte for byte",
      method: "every byte value, NUL and broken UTF-8 among them, run twice",
    },
    async () => {
      await using rig = await makeCliRig();
      const bytes = Array.from({ length: 256 }, (_, value) => `\\${value.toString(8).padStart(3, "0")}`).join("");
      const call = (): readonly string[] => {
        const line = `runcache run --no-inputs -- sh -c 'printf "a\\n${bytes}"; printf "${bytes}\\r" >&2'`;
        const ended = rig.shell(`${line} >out 2>err`);
        expect(ended).toMatchObject({ code: 0, stderr: "" });
        return [rig.at("out"), rig.at("err")].map((file) => readFileSync(file, "latin1"));
      };
      const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value)).toString("latin1");
      expect(call()).toEqual([`a\n${all}`, `${all}\r`]);
      expect(call()).toEqual([`a\n${all}`, `${all}\r`]);
    },
  );

  fault(
    {
      row: 53,
      fault: "a reader that goes away: runcache run -- yes | head",
      behaviour: "ends as the command itself would, keeps nothing of an endless run, and a finite one is kept",
      method: "yes and seq piped into head",
    },
    async () => {
      await using rig = await makeCliRig();
      const endless = rig.shell("{ runcache run --no-inputs -- yes; echo $? >code; } | head -n 1");
      expect(endless).toMatchObject({ stdout: "y\n", stderr: "" });
      expect(readFileSync(rig.at("code"), "utf8")).toBe("141\n");
      expect(stagingOf(rig)).toEqual([]);
      expect(rig.shell("runcache run -v --no-inputs -- seq 200000 | head -n 1").stderr).toContain("stored");
      expect(rig.shell("runcache run -v --no-inputs -- seq 200000 | tail -n 1")).toMatchObject({ stdout: "200000\n" });
    },
  );
});

describe("secrets", () => {
  fault(
    {
      row: 51,
      fault: "a secret in the environment, in an allow-listed name too",
      behaviour: "its value stands nowhere in the cache, and in no command line",
      method: "a canary is looked for in every file of the cache and in /proc/*/cmdline while the tool runs",
    },
    async () => {
      await using rig = await makeCliRig();
      using gate = await openGate(rig.temp.join("gate"));
      const canary = `canary${process.pid}x${process.hrtime.bigint()}`;
      const env = { API_TOKEN: canary, AWS_SECRET_ACCESS_KEY: canary };
      const words = ["run", "--env", "API_TOKEN", "--no-infer", "--in", "in.txt", "--out", "out.txt", "--"];
      const child = rig.start({ env }, ...words, "tool", "--gate", gate.dir, "--copy", "in.txt", "out.txt");
      await gate.arrived();
      const lines = spawnSync("sh", ["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null"], { maxBuffer: 1 << 28 }).stdout;
      expect(lines.toString("latin1")).toContain("--gate");
      expect(lines.toString("latin1")).not.toContain(canary);
      gate.release();
      expect(await once(child, "close")).toEqual([0, null]);
      expect(
        rig.callWith({ env }, "run", "-v", "--env", "API_TOKEN", "--no-inputs", "--", "printenv", "HOME").code,
      ).toBe(0);
      const everything = spawnSync("grep", ["-rlaz", canary, rig.cacheDir, rig.temp.join("home")], {
        encoding: "utf8",
      });
      expect(everything.stdout).toBe("");
      expect(readdirSync(path.join(rig.cacheDir)).length).toBeGreaterThan(2);
    },
    { skip: noLinux },
  );
});
