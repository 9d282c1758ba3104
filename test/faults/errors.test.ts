// FAULTS §2b: a system call fails. The result still reaches the user, with one warning, and nothing is half-written.
import type { SpawnSyncReturns } from "node:child_process";
import { readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { describe, expect } from "vitest";
import { onPath, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault, isLong, type Figures } from "./fault.js";
import { entryDirs } from "./invariants.js";
import { makeFaultRig, OUTPUT, type FaultRig } from "./rig.js";
import { buildShim } from "./shim.js";
import { atPoints, callPoints, changesFiles, injectAt, type CallPoint } from "./system-calls.js";

const noStrace = requireOrSkip("Linux", probes.linux) || requireOrSkip("strace", onPath("strace"));

const noCompiler = requireOrSkip("gcc", onPath("gcc"));

/**
 * What each error can happen to. Not `write`: Node itself ends where the one of them fails that wakes its
 * loop; disks that are full and limits on file sizes let the others fail.
 */
const ERRORS: readonly { readonly row: number; readonly error: string; readonly calls: RegExp }[] = [
  { row: 9, error: "ENOSPC", calls: /^(?:openat|mkdir|link|rename|fsync|symlink)/ },
  { row: 9, error: "EDQUOT", calls: /^(?:openat|mkdir|link|rename|fsync)/ },
  { row: 14, error: "EXDEV", calls: /^(?:link|rename)/ },
  { row: 12, error: "EIO", calls: /^(?!p?write)/ },
  { row: 15, error: "EROFS", calls: /^(?:openat|mkdir|link|rename|chmod|fchmod|utimensat|unlink|rmdir)/ },
  { row: 19, error: "EMFILE", calls: /^openat/ },
];

/** Lets `point` of a run fail; false where another call took its number this time. */
function runWithError(rig: FaultRig, point: CallPoint, error: string): boolean {
  const trace = rig.temp.join("injected");
  const run = rig.run({ prefix: injectAt(point, `error=${error}`, trace) });
  const injected = readFileSync(trace, "utf8")
    .split("\n")
    .find((line) => line.includes("INJECTED"));
  const isMeant = injected?.includes(rig.temp.join("disk")) === true && changesFiles(injected);
  if (!isMeant) return false; // the program's own read of its result, perhaps
  expectDelivered(run, injected);
  return true;
}

/** The tool ran, and its result is there. */
function expectDelivered(run: SpawnSyncReturns<string>, where: string): void {
  expectServed(run, where);
  expect(run.stdout[0], where).toBe("0");
}

/** The tool ran or not, and its result is there. */
function expectServed({ status, signal, stdout, stderr }: SpawnSyncReturns<string>, where: string): void {
  const said = `${where}: ${stderr}`;
  expect({ status, signal, stdout: stdout.slice(2) }, said).toEqual({ status: 0, signal: null, stdout: OUTPUT });
  expect(stderr.match(/RuncacheWarning/g)?.length ?? 0, said).toBeLessThanOrEqual(1);
}

describe.skipIf(noStrace)("a system call that fails", () => {
  for (const { row, error, calls } of ERRORS) {
    fault(
      {
        row,
        fault: `${error} at every call of a run that changes the cache`,
        behaviour: "the result reaches the user, with one warning at most; the next call is served",
        method: `strace lists the calls of a whole run, then injects ${error} at each of them (in CI: at a sample)`,
      },
      async (): Promise<Figures> => {
        await using rig = await makeFaultRig();
        const empty = (): void => rmSync(rig.cacheDir, { recursive: true, force: true });
        const run = (prefix: readonly string[]): void => void expectDelivered(rig.run({ prefix }), "no error");
        run([]); // what only the first of all runs makes, such as the ledger, is not counted
        const list = (): CallPoint[] => {
          empty();
          const all = callPoints(run, rig.temp.join("disk"), rig.temp.join("trace"));
          return all.filter(({ syscall }) => calls.test(syscall));
        };
        const { points, tried, hits } = await atPoints(list, 6, async (point) => {
          empty();
          const injected = runWithError(rig, point, error);
          await rig.check();
          rig.serve();
          return injected;
        });
        return { points, tried, injected: hits };
      },
      { timeoutMs: 240_000 },
    );
  }

  for (const error of ["EIO", "EMFILE", "EACCES", "ESTALE"]) {
    fault(
      {
        row: error === "EMFILE" ? 19 : error === "ESTALE" ? 22 : 11,
        fault: `${error} when an entry is read`,
        behaviour: "a miss, or a hit at the second look; the entry is not condemned",
        method: `strace injects ${error} where a hit opens or reads the manifest, or opens an output`,
      },
      async () => {
        await using rig = await makeFaultRig();
        rig.serve();
        const entries = entryDirs(rig.cacheDir);
        const [entry = ""] = entries;
        const figures = { injected: 0, hits: 0 };
        for (const name of [".runcache/manifest.json", "out.txt"]) {
          for (const syscall of error === "EIO" && name !== "out.txt" ? ["openat", "read"] : ["openat"]) {
            utimesSync(path.join(entry, "out.txt"), 1, 1); // so that its bytes are what decides
            const trace = rig.temp.join("injected");
            const file = path.join(entry, name);
            const point = { syscall, path: file, filter: ["-P", file], nth: 1 };
            const run = rig.run({ prefix: injectAt(point, `error=${error}`, trace) });
            expect(readFileSync(trace, "utf8")).toContain("INJECTED");
            figures.injected += 1;
            if (run.stdout.startsWith("1")) figures.hits += 1;
            expectServed(run, `${error} at ${syscall} ${name}`);
            await rig.check();
            rig.serve();
            expect(entryDirs(rig.cacheDir)).toEqual(entries);
          }
        }
        return figures;
      },
    );
  }

  fault(
    {
      row: 11,
      fault: "a manifest that can never be read again",
      behaviour: "the run is repeated, and its result replaces the entry",
      method: "an LD_PRELOAD shim lets every open of the manifest fail with EIO or EACCES",
    },
    async () => {
      await using rig = await makeFaultRig();
      const shim = buildShim(rig);
      for (const [errno, name] of [
        [constants.errno.EIO, "EIO"],
        [constants.errno.EACCES, "EACCES"],
      ] as const) {
        rig.serve();
        const [entry = ""] = entryDirs(rig.cacheDir);
        const { ino } = statSync(path.join(entry, ".runcache/manifest.json"));
        const run = rig.run({ env: { LD_PRELOAD: shim, FAULT_UNREADABLE: `${ino}:${errno}` } });
        expectDelivered(run, name);
        await rig.check();
      }
      rig.serve();
    },
    { skip: noCompiler },
  );

  for (const error of ["ENOSPC", "EIO", "EROFS"]) {
    fault(
      {
        row: error === "ENOSPC" ? 9 : error === "EIO" ? 12 : 15,
        fault: `${error} at a call that changes the cache, and at all of that kind from then on`,
        behaviour: "the result reaches the user, or the error says where it was announced and what to do",
        method: `strace injects ${error} at the n-th mkdir, rename, link, fsync or chmod and at every later one`,
      },
      async () => {
        await using rig = await makeFaultRig();
        const figures = { tried: 0, delivered: 0, refused: 0 };
        for (const syscall of ["mkdir", "rename", "link", "fsync", "chmod"]) {
          for (const nth of isLong ? [1, 2, 3, 4, 5, 6, 7, 8] : [1, 3]) {
            rmSync(rig.cacheDir, { recursive: true, force: true });
            const point = { syscall, path: rig.cacheDir, filter: [], nth: `${nth}+` } as const;
            const run = rig.run({ prefix: injectAt(point, `error=${error}`) });
            figures.tried += 1;
            if (run.status === 0) {
              expectDelivered(run, `${error} at ${syscall} ${nth} and later`);
              figures.delivered += 1;
            } else {
              expect(run.stderr).toMatch(/ERR_RUNCACHE_(?:ANNOUNCED|DATA_DIR)/);
              figures.refused += 1;
            }
            await rig.check();
            rig.serve();
          }
        }
        expect(figures.delivered).toBeGreaterThan(figures.refused);
        return figures;
      },
    );
  }
});
