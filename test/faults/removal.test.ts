// FAULTS §2c, row 35: entries go away beside those who use them.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import path from "node:path";
import { openCache } from "@runcache/core";
import { describe, expect } from "vitest";
import { openGate } from "../kit/gate.js";
import { backdate, purge, purgeInALoop } from "../store/purge.js";
import { fault, isLong, type Figures } from "./fault.js";
import { entryDirs } from "./invariants.js";
import { makeFaultRig, OUTPUT, type FaultRig } from "./rig.js";

const RACE_SECONDS = isLong ? 60 : 3;

/** Calls the tool on ten keys until `until`, and holds every result against what it must be. */
async function useKeys(rig: FaultRig, seed: number, until: number): Promise<Figures> {
  const runner = rig.runner();
  const input = rig.temp.join("data/in.txt");
  const figures = { hits: 0, misses: 0 };
  for (let call = 0; performance.now() < until || call < 3; call++) {
    const key = String((seed * 7 + call) % 10);
    const result = await runner.exec({ id: "1", name: "key" }, (io) => [
      ...[rig.tool.path, "--cat", io.input(input), "--print", key],
    ]);
    expect({ exitCode: result.exitCode, stdout: result.stdout() }).toEqual({ exitCode: 0, stdout: `one\n${key}\n` });
    figures[result.status === "hit" ? "hits" : "misses"] += 1;
  }
  return figures;
}

function sum(all: readonly Figures[]): Figures {
  const total: Record<string, number> = {};
  for (const figures of all)
    for (const [name, value] of Object.entries(figures)) total[name] = (total[name] ?? 0) + value;
  return total;
}

describe("removal", () => {
  fault(
    {
      row: 35,
      fault: "a prune that races hits",
      behaviour: "no call fails and no entry is wrong",
      method:
        "prune of everything in a loop beside four loops of hits and misses on ten keys, for 3 s (60 s in the long run)",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.serve();
      const until = performance.now() + RACE_SECONDS * 1000;
      const cache = openCache(rig.cacheDir);
      let prunes = 0;
      const pruneAll = async (): Promise<void> => {
        for (; performance.now() < until; prunes++) await cache.prune({ maxEntries: 0, keepUsedWithinMs: 0 });
      };
      const [, ...users] = await Promise.all([pruneAll(), ...[1, 2, 3, 4].map((seed) => useKeys(rig, seed, until))]);
      await rig.check();
      return { prunes, ...sum(users) };
    },
    { timeoutMs: 180_000 },
  );

  fault(
    {
      row: 35,
      fault: "the three find commands in a loop beside hits and misses on entries that look old",
      behaviour: "no call fails and no entry is wrong",
      method: "find as the README has it, while entries are set back by 40 days, for 3 s (60 s in the long run)",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.serve();
      const until = performance.now() + RACE_SECONDS * 1000;
      await using loop = purgeInALoop(rig.cacheDir);
      const age = async (): Promise<void> => {
        while (performance.now() < until) {
          unlessGone(() => {
            for (const dir of entryDirs(rig.cacheDir)) backdate(dir, 40);
          });
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const [, ...users] = await Promise.all([age(), ...[1, 2, 3, 4].map((seed) => useKeys(rig, seed, until))]);
      await rig.check();
      return { rounds: loop.rounds, ...sum(users) };
    },
    { timeoutMs: 180_000 },
  );

  fault(
    {
      row: 35,
      fault: "the three find commands beside a call of hours",
      behaviour: "the running call is not touched, what is used stays, what is old goes",
      method: "staging and entries set back, then find as the README has it, while a tool waits at a gate",
    },
    async () => {
      await using rig = await makeFaultRig();
      using gate = await openGate(rig.temp.join("gate"));
      rig.serve("old");
      rig.serve("used");
      const running = rig.start("running", gate.dir);
      await gate.arrived();
      const [staging = ""] = readdirSync(path.join(rig.cacheDir, ".incoming"));
      // A live one is touched every ten minutes: this is as old as it gets, with a missed touch or two.
      backdate(path.join(rig.cacheDir, ".incoming", staging), 0.9);
      for (const name of ["out", "owner"]) backdate(path.join(rig.cacheDir, ".incoming", staging, name), 3);
      for (const dir of entryDirs(rig.cacheDir)) backdate(dir, 40);
      rig.serve("used");
      purge(rig.cacheDir);
      gate.release();
      expect(await running.ended).toBe(`0 ${OUTPUT}`);
      expect([rig.serve("used"), rig.serve("old")]).toEqual([1, 0]);
      await rig.check();
    },
  );

  fault(
    {
      row: 35,
      fault: "a killed rm -rf of an entry",
      behaviour: "half an entry is none: a miss, and replaced",
      method: "one name of the entry after the other is removed, in the order of rm and in the opposite one",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.serve();
      const [dir = ""] = entryDirs(rig.cacheDir);
      const listing = spawnSync("find", [dir, "-mindepth", "1", "-depth"], { encoding: "utf8" }).stdout;
      const names = listing
        .trim()
        .split("\n")
        .map((name) => path.relative(dir, name));
      let halves = 0;
      for (const order of [names, [...names].reverse()]) {
        for (let removed = 1; removed <= order.length; removed++) {
          for (const name of order.slice(0, removed)) rmSync(path.join(dir, name), { recursive: true, force: true });
          expect(rig.serve(), `without ${order.slice(0, removed).join(", ")}`).toBe(0);
          halves += 1;
        }
      }
      await rig.check();
      return { halves };
    },
  );

  fault(
    {
      row: 36,
      fault: "an output that its user overwrites or replaces in the entry",
      behaviour: "the change is seen, the run is repeated and its result is right",
      method: "the file is written in place with the same size and its old time, then replaced by another",
    },
    async () => {
      await using rig = await makeFaultRig();
      rig.serve();
      const [dir = ""] = entryDirs(rig.cacheDir);
      const file = path.join(dir, "out.txt");
      const before = readFileSync(file);
      for (const script of [
        'printf "onE\\n" >"$1"',
        'cp "$1" "$1.new" && printf "two\\n" >"$1.new" && mv -f "$1.new" "$1"',
        'rm -f "$1" && ln -s /etc/hostname "$1"',
        'rm -f "$1" && mkdir "$1"',
      ]) {
        expect(spawnSync("sh", ["-c", `chmod u+w "$1"; ${script}`, "sh", file]).status).toBe(0);
        expect(rig.serve(), script).toBe(0);
        expect(readFileSync(file)).toEqual(before);
      }
      unlinkSync(file);
      expect(rig.serve()).toBe(0);
      await rig.check();
    },
  );
});

/** What find removes at this moment is no trouble. */
function unlessGone(action: () => void): void {
  try {
    action();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
