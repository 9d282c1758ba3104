// FAULTS §2a: processes die at every moment.
import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { onPath, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault } from "./fault.js";
import { stagingLeft } from "./invariants.js";
import { makeFaultRig, OUTPUT, type FaultRig } from "./rig.js";

const noStrace = requireOrSkip("strace", onPath("strace")) || requireOrSkip("Linux", probes.linux);

/** Everything that changes a file system, as the main thread of a synchronous run calls it. */
const MUTATING = ["mkdir", "rename", "unlink", "rmdir", "chmod", "fchmod", "utimensat", "fsync", "symlink"];

/** A run that is killed at the n-th call of `syscall`; whether there was such a call. */
async function killAt(rig: FaultRig, syscall: string, n: number): Promise<boolean> {
  const prefix = [
    "strace",
    "-o",
    "/dev/null",
    "-e",
    `trace=${syscall}`,
    "-e",
    `inject=${syscall}:signal=KILL:when=${n}`,
  ];
  const { signal, status, stdout } = rig.run({ prefix });
  const killed = signal === "SIGKILL" || status === 137;
  if (!killed)
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^[01] one\n$/) as string });
  await rig.check();
  return killed;
}

describe("process death", () => {
  for (const syscall of MUTATING) {
    fault(
      {
        row: 1,
        fault: `SIGKILL at every ${syscall} of stage, run and commit`,
        behaviour: "the next run is a miss or a whole hit",
        method: `strace injects SIGKILL at the n-th ${syscall}, n = 1, 2, … until the run ends well`,
      },
      async () => {
        for (let n = 1; ; n++) {
          await using rig = await makeFaultRig();
          if (!(await killAt(rig, syscall, n))) return;
          const { stdout, stderr } = rig.run();
          expect({ stdout: stdout.slice(2), stderr }).toEqual({ stdout: OUTPUT, stderr: "" });
          expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
          await rig.check();
        }
      },
      { skip: noStrace, timeoutMs: 180_000 },
    );
  }

  fault(
    {
      row: 1,
      fault: "SIGKILL at every mutating call of a hit",
      behaviour: "the entry stays as it was",
      method: "strace injects SIGKILL at the n-th utimensat, unlink and mkdir of a hit",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      for (const syscall of MUTATING) {
        for (let n = 1; await killAt(rig, syscall, n); n++) expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
      }
      expect(await rig.tool.count()).toBe(1);
    },
    { skip: noStrace, timeoutMs: 120_000 },
  );

  const rounds = Number(process.env["RUNCACHE_KILL_ROUNDS"] ?? 50);
  fault(
    {
      row: 2,
      fault: "kill -9 of four workers on 25 keys at random moments",
      behaviour: "no entry is wrong, nothing hangs, and what is left is swept",
      method: `${rounds} rounds of SIGKILL 0 to 300 ms after the start`,
    },
    async () => {
      await using rig = await makeFaultRig();
      for (let round = 0; round < rounds; round++) {
        const workers = Array.from({ length: 4 }, () => rig.start(String(Math.floor(Math.random() * 25))));
        await Promise.all(
          workers.map(async ({ ended, kill }) => {
            const timer = setTimeout(() => kill("SIGKILL"), Math.random() * 300);
            await ended;
            clearTimeout(timer);
          }),
        );
      }
      await rig.check();
      for (let key = 0; key < 25; key++) expect(rig.run({ variant: String(key) }).stdout.slice(2)).toBe(OUTPUT);
      for (let key = 0; key < 25; key++) expect(rig.run({ variant: String(key) }).stdout).toBe(`1 ${OUTPUT}`);
      await rig.check();
    },
    { timeoutMs: 60_000 + rounds * 2_000 },
  );

  fault(
    {
      row: 5,
      fault: "a tool that fails",
      behaviour: "is reported with its end, and never cached",
      method: "the tool finds none of its own commands",
    },
    async () => {
      await using rig = await makeFaultRig();
      const failing = rig.run({ variant: "x", env: { PATH: "/nowhere" } }); // the tool's own commands are not found
      expect(failing.status).not.toBe(0);
      expect(failing.stderr).toContain("ToolError");
      expect(stagingLeft(rig.cacheDir)).toEqual([]);
      expect(existsSync(rig.cacheDir)).toBe(true);
      await rig.check();
    },
  );
});
