// FAULTS §2a: processes die at every moment.
import { existsSync } from "node:fs";
import { describe, expect } from "vitest";
import { fault, isLong } from "./fault.js";
import { stagingLeft } from "./invariants.js";
import { randomKills } from "./random-kills.js";
import { makeFaultRig } from "./rig.js";

describe("process death", () => {
  fault(
    {
      row: 2,
      fault: "kill -9 of four workers on 25 keys at random moments",
      behaviour: "no entry is wrong, nothing hangs, and every key is served afterwards",
      method:
        "20 rounds (500 in the long run) of SIGKILL at a random moment of each call's life, as long as the last calls that were left alone",
    },
    async () => {
      await using rig = await makeFaultRig();
      return await randomKills(rig, isLong ? 500 : 20);
    },
    { timeoutMs: 900_000 },
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
