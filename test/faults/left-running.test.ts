// FAULTS §2c, row 48: tools that leave processes behind, which still write.
import { readFileSync, writeFileSync } from "node:fs";
import type { CacheEvent } from "@runcache/core";
import { describe, expect } from "vitest";
import { makeCliRig } from "../cli/rig.js";
import { openGate } from "../kit/gate.js";
import { onPath, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault } from "./fault.js";
import { makeFaultRig, type FaultRig } from "./rig.js";

const noLinux = requireOrSkip("Linux", probes.linux);
const noSetsid = noLinux || requireOrSkip("setsid", onPath("setsid"));

/** What a call of a tool gave its user, and what the cache said. */
interface Served {
  readonly output: string;
  readonly event: string;
}

/** Calls, and blocks or not, a tool that is this shell script; its first argument is `arg`. Its output is out.txt. */
async function call(rig: FaultRig, blocks: boolean, script: string, arg: string): Promise<Served> {
  const events: CacheEvent[] = [];
  const execution = rig.runner(events).startExecution({ id: "1", name: "leaving", package: "demo" });
  execution.params({ script });
  const announced = execution.outputFile("out.txt");
  const cargs = ["sh", "-c", script, "sh", arg];
  if (blocks) execution.run(cargs);
  else await execution.runAsync?.(cargs);
  const event = events.find(({ type }) => type === "hit" || type === "stored" || type === "not-stored");
  const reason = event?.type === "not-stored" ? `: ${event.reason}: ${event.detail}` : "";
  return { output: readFileSync(announced, "utf8"), event: `${event?.type}${reason}` };
}

/** Ends once the process that was left has written something. */
const UNTIL_WRITTEN = "until [ -s out.txt ]; do :; done";

describe("an output that a process which the tool left still writes", () => {
  fault(
    {
      row: 48,
      fault: "a child in the background that ends soon after the tool",
      behaviour: "is waited for, for a second; what it wrote is stored whole, or not at all",
      method: "a shell that ends before its child, which writes on once it sees that",
    },
    async () => {
      await using rig = await makeFaultRig();
      const script = `{ echo half; while kill -0 $$ 2>&-; do :; done; seq 20000 | grep -x 20000; } >out.txt & ${UNTIL_WRITTEN}`;
      const figures = { stored: 0, hit: 0, "not stored": 0 };
      for (const blocks of [true, true, false, false]) {
        const { output, event } = await call(rig, blocks, script, String(blocks));
        const kept = event === "stored" || event === "hit" ? event : "not stored";
        figures[kept] += 1;
        expect(kept === "not stored" ? event : output).toMatch(/^half\n20000\n$|^not-stored: left-running: /);
      }
      await rig.check();
      return figures;
    },
    { skip: noLinux },
  );
  fault(
    {
      row: 48,
      fault: "a child in the background that goes on",
      behaviour: "is ended; the result is delivered, and not cached",
      method: "a shell that ends while its child has written half of an output, and waits",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      const script = `{ echo half; read -r _ <"$1/released"; echo rest; } >out.txt & ${UNTIL_WRITTEN}`;
      for (const blocks of [true, false, true]) {
        const { output, event } = await call(rig, blocks, script, gate.dir);
        expect(output).toBe("half\n");
        expect(event).toMatch(/^not-stored: left-running: .*\(sh\)/);
      }
      await rig.check();
    },
    { skip: noLinux },
  );
  fault(
    {
      row: 48,
      fault: "a daemon in a session of its own that has an output open",
      behaviour: "is left alone; the result is delivered, and not cached",
      method: "setsid of a shell that has written half of an output, and writes the rest after the call",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      const daemon = '{ echo half; read -r _ <"$1/released"; echo rest; } >out.txt; echo >"$1/arrived"';
      const script = `setsid sh -c '${daemon}' sh "$1" & ${UNTIL_WRITTEN}`;
      for (const blocks of [true, false, true]) {
        const { output, event } = await call(rig, blocks, script, gate.dir);
        expect(output).toBe("half\n");
        expect(event).toMatch(/^not-stored: left-running: .*out\.txt/);
        gate.release();
        await gate.arrived();
      }
      await rig.check();
    },
    { skip: noSetsid },
  );
  fault(
    {
      row: 48,
      fault: "a daemon that comes back to an output after the call",
      behaviour: "what it changed is seen by the next call: a miss, never its bytes",
      method: "setsid of a shell that appends to a stored output, or writes over it with the same size",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      for (const later of ["echo rest >>out.txt", "printf HALF 1<>out.txt"]) {
        const daemon = `read -r _ <"$1/released"; chmod u+w out.txt; ${later}; echo >"$1/arrived"`;
        const script = `echo half >out.txt; setsid sh -c '${daemon}' sh "$1" & until [ "$(ps -o sid= $!)" -eq $! ]; do :; done`;
        for (const blocks of [true, false]) {
          expect(await call(rig, blocks, script, gate.dir), later).toEqual({ output: "half\n", event: "stored" });
          gate.release();
          await gate.arrived();
        }
      }
    },
    { skip: noSetsid },
  );
  fault(
    {
      row: 48,
      fault: "a daemon that has an output of runcache run open, in the user's own directory",
      behaviour: "is left alone; the result is not kept, and the next call runs again",
      method: "setsid of a shell that has written half of an output, and writes the rest after the call",
    },
    async () => {
      await using rig = await makeCliRig();
      using gate = await openGate(rig.temp.join("gate"));
      const daemon = '{ echo half; read -r _ <"$0/released"; echo rest; } >out.txt; echo >"$0/arrived"';
      writeFileSync(rig.at("tool.sh"), `rm -f out.txt; setsid sh -c '${daemon}' "$1" & ${UNTIL_WRITTEN}\n`);
      for (let round = 0; round < 2; round++) {
        const words = [
          "run",
          "-v",
          "--no-infer",
          "--in",
          "tool.sh",
          "--out",
          "out.txt",
          "--",
          "sh",
          "tool.sh",
          gate.dir,
        ];
        const { code, stderr } = rig.call(...words);
        expect(code).toBe(0);
        expect(stderr).toMatch(/not kept: .*out\.txt open for writing/);
        gate.release();
        await gate.arrived();
        expect(readFileSync(rig.at("out.txt"), "utf8")).toBe("half\nrest\n");
      }
    },
    { skip: noSetsid },
  );
});
