// FAULTS §2c: many writers at once, and clocks that disagree.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect } from "vitest";
import { onPath, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault, isLong } from "./fault.js";
import { entryDirs, stagingLeft } from "./invariants.js";
import { makeFaultRig, OUTPUT } from "./rig.js";
import { buildShim } from "./shim.js";

const noCompiler = requireOrSkip("Linux", probes.linux) || requireOrSkip("gcc", onPath("gcc"));
const noFaketime = requireOrSkip("faketime", onPath("faketime"));

describe("writers and clocks", () => {
  fault(
    {
      row: 24,
      fault: "eight writers of the same keys, without locks",
      behaviour: "one entry a key, no staging left, every reader served",
      method:
        "eight processes, 40 keys (100 in the long run) each in another order, .locks a file so that no lock can be made",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      rmSync(path.join(rig.cacheDir, ".locks"), { recursive: true, force: true });
      writeFileSync(path.join(rig.cacheDir, ".locks"), "in the way");
      const keys = isLong ? 100 : 40;
      const program = fileURLToPath(new URL("many-keys.mjs", import.meta.url));
      const argv = [
        program,
        rig.cacheDir,
        rig.temp.join("runs"),
        rig.tool.path,
        rig.temp.join("data/in.txt"),
        String(keys),
      ];
      const script = `for worker in 1 2 3 4 5 6 7 8; do "$@" "$worker" & done; wait`;
      const { stdout, status } = spawnSync("sh", ["-c", script, "sh", process.execPath, ...argv], { encoding: "utf8" });
      expect({ status, lines: stdout.trim().split("\n") }).toEqual({
        status: 0,
        lines: Array(8).fill(`${keys} served`),
      });
      expect(entryDirs(rig.cacheDir)).toHaveLength(keys + 1);
      expect(stagingLeft(rig.cacheDir)).toEqual([]);
      await rig.check();
    },
    { timeoutMs: 240_000 },
  );

  for (const [name, errno] of [
    ["ENOENT", constants.errno.ENOENT],
    ["EEXIST", constants.errno.EEXIST],
    ["EIO", constants.errno.EIO],
  ] as const) {
    fault(
      {
        row: 27,
        fault: `a commit whose rename is done and reported as ${name}`,
        behaviour: "the entry counts as stored, no warning, one execution",
        method: "an LD_PRELOAD shim does the rename and loses the reply",
      },
      async () => {
        await using rig = await makeFaultRig();
        const run = rig.run({ env: { LD_PRELOAD: buildShim(rig), FAULT_LOST_REPLY: String(errno) } });
        expect(run).toMatchObject({ status: 0, stdout: `0 ${OUTPUT}`, stderr: "" });
        expect(rig.serve()).toBe(1);
        expect(await rig.tool.count()).toBe(1);
        expect(stagingLeft(rig.cacheDir)).toEqual([]);
        await rig.check();
      },
      { skip: noCompiler },
    );
  }

  fault(
    {
      row: 25,
      fault: "an empty directory at an entry's place",
      behaviour: "is no entry, and is replaced",
      method: "the entry's directory is emptied",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      const [dir = ""] = entryDirs(rig.cacheDir);
      rmSync(dir, { recursive: true });
      mkdirSync(dir);
      expect(rig.run().stdout).toBe(`0 ${OUTPUT}`);
      expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
      await rig.check();
    },
  );

  for (const shift of ["-1d", "+15s", "+1d"]) {
    fault(
      {
        row: 30,
        fault: `a clock that is ${shift} off`,
        behaviour: "hits hit, and nothing is lost",
        method: `one of two processes under faketime -f ${shift}`,
      },
      async () => {
        await using rig = await makeFaultRig();
        expect(rig.run({ prefix: ["faketime", "-f", shift] }).stdout).toBe(`0 ${OUTPUT}`);
        expect(rig.run().stdout).toBe(`1 ${OUTPUT}`);
        expect(rig.run({ prefix: ["faketime", "-f", shift] }).stdout).toBe(`1 ${OUTPUT}`);
        await rig.check();
      },
      { skip: noFaketime },
    );
  }
});
