// FAULTS §2c, rows 28 and 29: locks that are lost, broken or stolen cost work, and nothing else.
import { existsSync, readdirSync, utimesSync } from "node:fs";
import path from "node:path";
import { describe, expect } from "vitest";
import { openGate } from "../kit/gate.js";
import { fault } from "./fault.js";
import { stagingLeft } from "./invariants.js";
import { makeFaultRig, OUTPUT, type FaultRig } from "./rig.js";

/** Host paths of the locks that are held. */
function locks({ cacheDir }: FaultRig): string[] {
  const dir = path.join(cacheDir, ".locks");
  const names = existsSync(dir) ? readdirSync(dir) : [];
  return names.map((name) => path.join(dir, name));
}

/** Sets the locks back by a day again and again, until the scope ends: their holders set them forward. */
function keepStale(rig: FaultRig): Disposable {
  const old = new Date(Date.now() - 86_400_000);
  const timer = setInterval(() => {
    for (const lock of locks(rig)) {
      try {
        utimesSync(lock, old, old);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // released just now
      }
    }
  }, 20);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

describe("locks", () => {
  fault(
    {
      row: 28,
      fault: "a lock that is taken over as stale while its holder's synchronous run blocks",
      behaviour: "both run, the first commit stays, and both are served",
      method: "the lock's time is set back while the first tool waits at a gate",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      const holder = rig.start("0", gate.dir);
      await gate.arrived();
      let thief;
      {
        using _stale = keepStale(rig);
        thief = rig.start("0", gate.dir);
        await gate.arrived(); // the second tool runs, beside the first
      }
      gate.release();
      gate.release();
      expect(await Promise.all([holder.ended, thief.ended])).toEqual([`0 ${OUTPUT}`, `0 ${OUTPUT}`]);
      expect(await rig.tool.count()).toBe(2);
      expect(stagingLeft(rig.cacheDir)).toEqual([]);
      await rig.check();
    },
  );

  fault(
    {
      row: 28,
      fault: "a holder that is killed",
      behaviour: "its waiter goes on as soon as it sees that, long before the lock is stale",
      method: "SIGKILL while its tool waits at a gate",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      const holder = rig.start("0", gate.dir);
      await gate.arrived();
      expect(locks(rig)).toHaveLength(1);
      const waiter = rig.start("0", gate.dir);
      holder.kill("SIGKILL");
      await gate.arrived();
      gate.release();
      expect(await waiter.ended).toBe(`0 ${OUTPUT}`);
      expect(await holder.ended).toBe("");
      await rig.check();
    },
  );

  fault(
    {
      row: 29,
      fault: "several waiters that break the lock of one dead holder",
      behaviour: "all are served, one entry, whoever holds the lock in the end",
      method: "five calls beside a holder that was killed at a gate",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      const holder = rig.start("0", gate.dir);
      await gate.arrived();
      holder.kill("SIGKILL");
      await holder.ended;
      for (let waiter = 1; waiter <= 5; waiter++) gate.release(); // for as many as run
      const waiters = Array.from({ length: 5 }, () => rig.start("0", gate.dir).ended);
      for (const said of await Promise.all(waiters)) expect(said.slice(2)).toBe(OUTPUT);
      const executions = await rig.tool.count();
      expect(executions, "the dead one's, and one more").toBe(2);
      await rig.check();
      return { executions };
    },
  );
});
