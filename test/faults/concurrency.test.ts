// FAULTS §2c: many at once, and clocks that disagree.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { openCache } from "@runcache/core";
import { describe, expect } from "vitest";
import { onPath } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault } from "./fault.js";
import { entryDirs, stagingLeft } from "./invariants.js";
import { makeFaultRig, OUTPUT } from "./rig.js";

const noFaketime = requireOrSkip("faketime", onPath("faketime"));

describe("concurrency and time", () => {
  fault(
    {
      row: 24,
      fault: "eight writers of the same keys, without locks",
      behaviour: "one entry a key, no staging left, every reader served",
      method: "eight processes, 100 keys each in another order, .locks a file so that no lock can be made",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      rmSync(path.join(rig.cacheDir, ".locks"), { recursive: true, force: true });
      writeFileSync(path.join(rig.cacheDir, ".locks"), "in the way");
      const program = fileURLToPath(new URL("many-keys.mjs", import.meta.url));
      const argv = [program, rig.cacheDir, rig.temp.join("runs"), rig.tool.path, rig.temp.join("data/in.txt"), "100"];
      const script = `for worker in 1 2 3 4 5 6 7 8; do "$@" "$worker" & done; wait`;
      const { stdout, status } = spawnSync("sh", ["-c", script, "sh", process.execPath, ...argv], { encoding: "utf8" });
      expect({ status, lines: stdout.trim().split("\n") }).toEqual({ status: 0, lines: Array(8).fill("100 served") });
      expect(entryDirs(rig.cacheDir)).toHaveLength(101);
      expect(stagingLeft(rig.cacheDir)).toEqual([]);
      await rig.check();
    },
    { timeoutMs: 240_000 },
  );

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

  fault(
    {
      row: 28,
      fault: "a stale lock of a holder that is gone",
      behaviour: "the waiter goes on at once",
      method: "a lock directory of a dead process of this machine",
    },
    async () => {
      await using rig = await makeFaultRig();
      const killed = rig.start();
      killed.kill("SIGKILL");
      await killed.ended;
      expect(rig.run().stdout.slice(2)).toBe(OUTPUT);
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

  fault(
    {
      row: 35,
      fault: "a prune that races hits",
      behaviour: "no call fails and no entry is wrong",
      method: "prune of everything in a loop beside hits and misses on ten keys",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run();
      const cache = openCache(rig.cacheDir);
      const runner = rig.runner();
      const until = performance.now() + Number(process.env["RUNCACHE_PRUNE_SECONDS"] ?? 5) * 1000;
      const pruner = async (): Promise<void> => {
        while (performance.now() < until) await cache.prune({ maxEntries: 0, keepUsedWithinMs: 0 });
      };
      const user = async (seed: number): Promise<number> => {
        let calls = 0;
        for (; performance.now() < until; calls++) {
          const key = String((seed * 7 + calls) % 10);
          const result = await runner.exec({ id: "1", name: "key" }, (io) => [
            ...[rig.tool.path, "--cat", io.input(rig.temp.join("data/in.txt")), "--print", key],
          ]);
          expect(result.exitCode).toBe(0);
        }
        return calls;
      };
      const [, ...calls] = await Promise.all([pruner(), user(1), user(2), user(3), user(4)]);
      expect(Math.min(...calls)).toBeGreaterThan(0);
      await rig.check();
    },
    { timeoutMs: 180_000 },
  );

  fault(
    {
      row: 35,
      fault: "the three find commands beside running calls of hours",
      behaviour: "what runs is not touched, what is used stays",
      method: "staging and entries backdated, then find as the README has it",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.run({ variant: "old" });
      rig.run({ variant: "new" });
      const [first = "", second = ""] = entryDirs(rig.cacheDir);
      const old = new Date(Date.now() - 40 * 86_400_000);
      utimesSync(first, old, old);
      const purge = `
        find "$1" -mindepth 2 -maxdepth 2 -type d -mtime +30 -exec rm -rf {} +
        find "$1" -mindepth 1 -maxdepth 1 -type d -empty -delete
        find "$1/.incoming" -mindepth 1 -maxdepth 1 -type d -mtime +1 -exec rm -rf {} +`;
      expect(spawnSync("sh", ["-c", purge, "sh", rig.cacheDir]).status).toBeLessThan(2);
      expect(statSync(second).isDirectory()).toBe(true);
      expect(() => statSync(first)).toThrow(/ENOENT/);
      const counts = [rig.run({ variant: "old" }), rig.run({ variant: "new" })].map(({ stdout }) => stdout[0]);
      expect(counts.sort()).toEqual(["0", "1"]);
      await rig.check();
    },
  );
});
