// FAULTS §2a, rows 1 and 8: death at every system call that changes the cache.
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openCache } from "@runcache/core";
import { describe, expect } from "vitest";
// The age of what lies in the trash is told by the kernel's clock, which no test can set.
import { openRoot } from "../../packages/core/src/entry/cache-root.js";
import { sweep } from "../../packages/core/src/entry/sweep.js";
import { onPath, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault, type Figures } from "./fault.js";
import { entryDirs, stagingLeft } from "./invariants.js";
import { makeFaultRig, type FaultRig } from "./rig.js";
import { atPoints, callPoints, injectAt, type CallPoint } from "./system-calls.js";

const noStrace = requireOrSkip("Linux", probes.linux) || requireOrSkip("strace", onPath("strace"));

/** What is killed, and what holds before and after. */
interface Scene {
  /** Number of calls that CI takes. */
  readonly count: number;
  /** Puts the cache into the state that every run begins with. */
  readonly prepare: () => void;
  readonly run: (prefix: readonly string[]) => SpawnSyncReturns<string>;
  /** What holds right after the death. @default the invariants */
  readonly check?: () => Promise<void>;
  /** What goes on from there. */
  readonly recover: () => Promise<void> | void;
}

async function killEverywhere(rig: FaultRig, scene: Scene): Promise<Figures> {
  const { count, prepare, run, recover, check = () => rig.check() } = scene;
  prepare();
  expectEnded(run([])); // what only the first of all runs makes, such as the ledger, is not counted
  const list = (): CallPoint[] => {
    prepare();
    return callPoints((prefix) => expectEnded(run(prefix)), rig.temp.join("disk"), rig.temp.join("trace"));
  };
  const { points, tried, hits } = await atPoints(list, count, async (point) => {
    prepare();
    const result = run(injectAt(point, "signal=KILL"));
    const killed = wasKilled(result);
    if (!killed) expectEnded(result); // it took another way this time, and did not come by
    await check();
    await recover();
    return killed;
  });
  return { points, tried, killed: hits };
}

/** strace ends as its program does. */
function wasKilled({ signal, status }: SpawnSyncReturns<string>): boolean {
  return signal === "SIGKILL" || status === 137;
}

function expectEnded({ status, signal, stderr }: SpawnSyncReturns<string>): void {
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
}

/** A cache of three entries, the variants 0 to 2 in the order of their use; sets the cache back to that state. */
function makeThree(rig: FaultRig): () => void {
  for (const variant of ["0", "1", "2"]) rig.serve(variant);
  const template = rig.temp.join("template");
  copy(rig.cacheDir, template);
  return () => {
    rmSync(rig.cacheDir, { recursive: true, force: true });
    copy(template, rig.cacheDir);
  };
}

function copy(from: string, to: string): void {
  expect(spawnSync("cp", ["-a", from, to]).status).toBe(0);
}

/** Everything that dead processes left goes, once it is old enough. */
async function expectSwept(rig: FaultRig): Promise<void> {
  await sweep(openRoot(rig.cacheDir), Date.now() + 2 * 24 * 60 * 60_000);
  expect(stagingLeft(rig.cacheDir), "no staging is left (I6)").toEqual([]);
  expect(namesIn(rig, ".trash"), "no trash is left (I6)").toEqual([]);
}

/** Whether a staging directory says whose it is: one whose maker died at once does not, and stays for a day. */
function hasOwner(rig: FaultRig): (name: string) => boolean {
  return (name) => {
    const owner = path.join(rig.cacheDir, ".incoming", name, "owner");
    return existsSync(owner) && statSync(owner).size > 0;
  };
}

function namesIn(rig: FaultRig, dir: string): string[] {
  return readdirSync(rig.cacheDir).includes(dir) ? readdirSync(path.join(rig.cacheDir, dir)) : [];
}

const METHOD = "strace lists the calls of a whole run, then injects SIGKILL at each of them (in CI: at a sample)";

describe.skipIf(noStrace)("death at a system call", () => {
  fault(
    {
      row: 1,
      fault: "SIGKILL at every call of stage, run and commit that changes the cache",
      behaviour: "the next run is a miss or a whole hit, and sweeps what is left",
      method: METHOD,
    },
    async () => {
      await using rig = await makeFaultRig();
      return await killEverywhere(rig, {
        count: 12,
        prepare: () => rmSync(rig.cacheDir, { recursive: true, force: true }),
        run: (prefix) => rig.run({ prefix }),
        recover: async () => {
          const isHit = rig.serve() === 1; // the commit was through: a hit sweeps nothing
          if (!isHit) expect(stagingLeft(rig.cacheDir).filter(hasOwner(rig)), "a run sweeps (I6)").toEqual([]);
          await expectSwept(rig);
          await rig.check();
        },
      });
    },
    { timeoutMs: 240_000 },
  );

  fault(
    {
      row: 1,
      fault: "SIGKILL at every call of a hit that changes the cache",
      behaviour: "the entry stays as it was",
      method: METHOD,
    },
    async () => {
      await using rig = await makeFaultRig();
      const prepare = makeThree(rig);
      const before = await rig.tool.count();
      const figures = await killEverywhere(rig, {
        count: 6,
        prepare,
        run: (prefix) => rig.run({ prefix }),
        recover: () => void expect(rig.serve()).toBe(1),
      });
      expect(await rig.tool.count()).toBe(before);
      return figures;
    },
  );

  fault(
    {
      row: 8,
      fault: "SIGKILL at every call of a prune that changes the cache",
      behaviour: "each entry is whole or gone, the next prune finishes, and calls go on",
      method: `${METHOD}; the cache also holds what a killed run left`,
    },
    async () => {
      await using rig = await makeFaultRig();
      const options = { maxEntries: 1, keepUsedWithinMs: 0 };
      rig.serve();
      leaveStaging(rig);
      return await killEverywhere(rig, {
        count: 7,
        prepare: makeThree(rig),
        run: (prefix) => rig.runProgram("keep-cache.mjs", [rig.cacheDir, "prune"], { prefix }),
        recover: async () => {
          await openCache(rig.cacheDir).prune(options);
          expect(entryDirs(rig.cacheDir)).toHaveLength(1);
          expect(stagingLeft(rig.cacheDir), "a prune sweeps the staging of the dead (I6)").toEqual([]);
          expect(rig.serve("2"), "what was used last stays").toBe(1);
          expect(rig.serve("0")).toBe(0);
          await expectSwept(rig);
        },
      });
    },
  );

  fault(
    {
      row: 8,
      fault: "SIGKILL at every call of verify --repair that changes the cache",
      behaviour: "sound entries stay, a damaged one is at its place or gone, and the next repair finishes",
      method: `${METHOD}; one entry of three has a flipped byte`,
    },
    async () => {
      await using rig = await makeFaultRig();
      const restore = makeThree(rig);
      const [damaged = ""] = entryDirs(rig.cacheDir);
      const expectSoundOnes = async (repair: boolean): Promise<void> => {
        expect((await openCache(rig.cacheDir).verify({ repair })).byVerdict).toMatchObject({ sound: 2, unreadable: 0 });
      };
      return await killEverywhere(rig, {
        count: 5,
        prepare: () => {
          restore();
          writeFileSync(path.join(damaged, "out.txt"), "onE\n");
        },
        run: (prefix) => rig.runProgram("keep-cache.mjs", [rig.cacheDir, "verify"], { prefix }),
        check: () => expectSoundOnes(false),
        recover: async () => {
          await expectSoundOnes(true);
          await rig.check();
          await expectSwept(rig);
          for (const variant of ["0", "1", "2"]) rig.serve(variant);
          await rig.check();
        },
      });
    },
  );
});

/** A run that died late in its commit. */
function leaveStaging(rig: FaultRig): void {
  const kill = ["-e", "trace=fsync", "-e", "inject=fsync:signal=KILL:when=4"];
  expect(wasKilled(rig.run({ prefix: ["strace", "-o", "/dev/null", ...kill], variant: "dead" }))).toBe(true);
  expect(stagingLeft(rig.cacheDir)).toHaveLength(1);
}
