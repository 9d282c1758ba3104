// FAULTS §2b: storage fails. The result still reaches the user, with one warning, and nothing is half-written.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect } from "vitest";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault, isLong, sample } from "./fault.js";
import { stagingLeft } from "./invariants.js";
import { makeFaultRig, OUTPUT, type FaultRig } from "./rig.js";

const noRoot = requireOrSkip("root", probes.root) || requireOrSkip("Linux", probes.linux);

/** Mounts a file system at the rig's disk for the time of `use`. */
async function mounted(rig: FaultRig, args: readonly string[], use: () => Promise<void>): Promise<void> {
  const disk = rig.temp.join("disk");
  const { status, stderr } = spawnSync("mount", [...args, disk], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount failed: ${stderr}`);
  try {
    await use();
  } finally {
    spawnSync("umount", ["-l", disk]);
  }
}

/** A run that went uncached: the tool's output, exit 0, and one warning. */
function expectDelivered({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): void {
  expect({ status, stdout }).toEqual({ status: 0, stdout: `0 ${OUTPUT}` });
  expect(stderr.match(/RuncacheWarning/g)?.length ?? 0).toBeLessThanOrEqual(1);
}

function entryFile(rig: FaultRig, name: string): string {
  const shard = readdirSync(rig.cacheDir).find((dir) => /^[0-9a-f]{2}$/.test(dir)) ?? "";
  const [key = ""] = readdirSync(path.join(rig.cacheDir, shard));
  return path.join(rig.cacheDir, shard, key, name);
}

describe("storage errors", () => {
  fault(
    {
      row: 9,
      fault: "a disk that is full, or fills up at any write",
      behaviour: "the result is delivered with one warning, or the tool itself failed for want of room",
      method: "a tmpfs with 0 to 12 free blocks",
    },
    async () => {
      await using rig = await makeFaultRig();
      await mounted(rig, ["-t", "tmpfs", "-o", "size=256k", "tmpfs"], async () => {
        rig.run({ variant: "before" });
        for (const freeBlocks of sample([...Array(13).keys()], 7)) {
          const full = rig.temp.join("disk/full");
          spawnSync("dd", ["if=/dev/zero", `of=${full}`, "bs=4k"]);
          truncateSync(full, Math.max(0, statSync(full).size - freeBlocks * 4096));
          const run = rig.run({ variant: String(freeBlocks) });
          if (run.status === 0) expectDelivered(run);
          else expect(run.stderr).toMatch(/ToolError|No space left|ERR_RUNCACHE/);
          rmSync(full);
          await rig.check();
          expect(stagingLeft(rig.cacheDir)).toEqual([]);
        }
        rig.run();
        expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
      });
    },
    { skip: noRoot },
  );

  fault(
    {
      row: 10,
      fault: "no inodes left",
      behaviour: "the result is delivered, one warning",
      method: "a tmpfs with a limit of inodes, filled with empty files",
    },
    async () => {
      await using rig = await makeFaultRig();
      await mounted(rig, ["-t", "tmpfs", "-o", "nr_inodes=64", "tmpfs"], async () => {
        rig.run({ variant: "before" });
        mkdirSync(rig.temp.join("disk/fill"));
        spawnSync("sh", [
          "-c",
          'cd "$1" && i=0; while : > "f$i"; do i=$((i+1)); done',
          "sh",
          rig.temp.join("disk/fill"),
        ]);
        expectDelivered(rig.run());
        await rig.check();
      });
    },
    { skip: noRoot },
  );

  fault(
    {
      row: 15,
      fault: "a cache on a read-only file system",
      behaviour: "hits work, misses run uncached with one warning",
      method: "the disk is remounted read-only between two runs",
    },
    async () => {
      await using rig = await makeFaultRig();
      await mounted(rig, ["-t", "tmpfs", "tmpfs"], async () => {
        rig.run();
        spawnSync("mount", ["-o", "remount,ro", rig.temp.join("disk")]);
        expect(rig.run()).toMatchObject({ stdout: `1 ${OUTPUT}`, stderr: "" });
        expectDelivered(rig.run({ variant: "other" }));
        expect(await rig.tool.count()).toBe(2);
        await rig.check();
      });
    },
    { skip: noRoot },
  );

  fault(
    {
      row: 16,
      fault: "a cache that is removed again and again",
      behaviour: "no run fails",
      method: "rm -rf of the cache while runs go on",
    },
    async () => {
      await using rig = await makeFaultRig();
      for (let round = 0; round < (isLong ? 10 : 4); round++) {
        const runs = [rig.start("a"), rig.start("b")];
        spawnSync("rm", ["-rf", rig.cacheDir]);
        for (const text of await Promise.all(runs.map(({ ended }) => ended))) expect(text.slice(2)).toBe(OUTPUT);
      }
      await rig.check();
    },
  );

  fault(
    {
      row: 16,
      fault: "a cache that is removed all the time while calls run",
      behaviour: "a tool may fail that lost its working directory; whatever is a hit later is whole",
      method: "rm -rf of the cache in a loop until two calls have ended, twice (5 times in the long run)",
    },
    async () => {
      await using rig = await makeFaultRig();
      for (let round = 0; round < (isLong ? 5 : 2); round++) {
        const state = { running: true };
        const runs = ["a", "b"].map((variant) => rig.start(variant).ended);
        const ends = Promise.all(runs).finally(() => (state.running = false));
        while (state.running) {
          spawnSync("rm", ["-rf", rig.cacheDir]);
          await new Promise(setImmediate);
        }
        for (const text of await ends) expect(["", OUTPUT]).toContain(text.slice(2));
        await rig.check();
        for (const variant of ["a", "b"]) expect(rig.run({ variant }).stdout.slice(2)).toBe(OUTPUT);
      }
    },
    { timeoutMs: 240_000 },
  );

  for (const [what, hurt] of [
    ["a flipped byte", (file: string) => writeFileSync(file, "onE\n")],
    ["a truncated output", (file: string) => truncateSync(file, 2)],
    ["an empty output", (file: string) => truncateSync(file, 0)],
    ["a missing output", (file: string) => rmSync(file)],
  ] as const) {
    fault(
      {
        row: 17,
        fault: `${what} in an entry`,
        behaviour: "the run is repeated and the entry is right again",
        method: "the file is changed behind the cache's back",
      },
      async () => {
        await using rig = await makeFaultRig();
        rig.run();
        hurt(entryFile(rig, "out.txt"));
        expect(rig.run().stdout).toBe(`0 ${OUTPUT}`);
        expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
        await rig.check();
      },
    );
  }

  for (const [what, bytes] of [
    ["truncated", (manifest: Buffer) => manifest.subarray(0, manifest.length / 2)],
    ["empty", () => Buffer.alloc(0)],
    ["full of NUL", (manifest: Buffer) => Buffer.alloc(manifest.length)],
  ] as const) {
    fault(
      {
        row: 18,
        fault: `a manifest that is ${what}`,
        behaviour: "is a miss, and is replaced",
        method: "the manifest is overwritten",
      },
      async () => {
        await using rig = await makeFaultRig();
        rig.run();
        const manifest = entryFile(rig, ".runcache/manifest.json");
        writeFileSync(manifest, bytes(readFileSync(manifest)));
        expect(rig.run().stdout).toBe(`0 ${OUTPUT}`);
        expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
      },
    );
  }

  fault(
    {
      row: 19,
      fault: "too few file descriptors",
      behaviour: "the run works, or its error names the limit; no entry is wrong",
      method: "prlimit --nofile, from 20 to 60",
    },
    async () => {
      await using rig = await makeFaultRig();
      for (let limit = 20; limit <= 60; limit += 5) {
        const { status, stdout, stderr } = rig.run({
          prefix: ["prlimit", `--nofile=${limit}`],
          variant: String(limit),
        });
        if (status === 0) expect(stdout.slice(2)).toBe(OUTPUT);
        else expect(stderr).toMatch(/EMFILE|too many open files|epoll|ulimit/i);
        await rig.check();
      }
    },
    { skip: noRoot },
  );

  fault(
    {
      row: 20,
      fault: "a limit on the size of files",
      behaviour: "a tool that fails on it is not cached; a manifest that does not fit is not half-written",
      method: "prlimit --fsize=100",
    },
    async () => {
      await using rig = await makeFaultRig();
      const { status, stdout, stderr } = rig.run({ prefix: ["prlimit", "--fsize=100"] });
      if (status === 0) expect(stdout).toBe(`0 ${OUTPUT}`);
      else expect(stderr).not.toBe("");
      await rig.check();
      rig.run();
      expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
      expect(statSync(entryFile(rig, "out.txt")).size).toBe(OUTPUT.length);
    },
    { skip: noRoot },
  );
});
