// FAULTS §2a: the power goes. What was visible is whole or is not served, at every level of durability.
import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { openCache, type VerifyFinding } from "@runcache/core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { onPath, probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import { fault, isLong } from "./fault.js";
import { flushFile, loopDisksProbe, makeLoopDisks, type Cut, type LoopDisk, type LoopDisks } from "./loop-disks.js";

const noDisks =
  requireOrSkip("Linux", probes.linux) ||
  requireOrSkip("root", probes.root) ||
  requireOrSkip("loop devices", loopDisksProbe) ||
  requireOrSkip("mkfs.xfs", onPath("mkfs.xfs")) ||
  requireOrSkip("mkfs.ext4", onPath("mkfs.ext4"));

const CALL = fileURLToPath(new URL("power-call.mjs", import.meta.url));
const FORMATS = ["ext4", "xfs"] as const;
const PROMISES = {
  none: "the entry may be damaged, and is then run again, never served",
  safe: "the entry is absent or whole",
  full: "the entry is there, and whole",
} as const;
type Level = keyof typeof PROMISES;

/**
 * When the power is cut, in this order: so many seconds after the commit (a journal is written every 5 s, data
 * after 30 s), and after somebody flushed another file, then the entry's manifest.
 */
const MOMENTS = ["0", "8", "another", "manifest", ...(isLong ? ["33"] : [])];
const LAST_S = isLong ? 33 : 8;

/** Once is enough, and usual; on a machine in distress the kernel, or somebody's sync, writes data early. */
const ATTEMPTS = 20;

interface Served {
  readonly status: "hit" | "miss";
  readonly missReason: string | null;
  readonly outputDir: string;
  /** Outputs whose bytes are not what the tool writes. */
  readonly wrong: readonly string[];
}

/** A cache on a disk of its own, one entry in it, and what was on the disk at each moment. */
interface Subject {
  readonly format: (typeof FORMATS)[number];
  readonly level: Level;
  readonly disk: LoopDisk;
  readonly cuts: Map<string, Cut>;
}

describe.skipIf(noDisks)("power cuts", () => {
  let temp: TempDir;
  let disks: LoopDisks;
  let subjects: Subject[];

  beforeAll(
    async () => {
      temp = await tempDir("power");
      writeFileSync(temp.join("in.txt"), "seed\n");
      disks = makeLoopDisks(temp);
      subjects = FORMATS.flatMap((format) =>
        (Object.keys(PROMISES) as Level[]).map((level) => ({
          format,
          level,
          disk: disks.add(format),
          cuts: new Map(),
        })),
      );
      await commitAndCut(temp, subjects);
    },
    (LAST_S + 240) * 1000,
  );

  afterAll(async () => {
    await disks[Symbol.asyncDispose]();
    await temp[Symbol.asyncDispose]();
  });

  for (const format of FORMATS) {
    fault(
      {
        row: 7,
        fault: `a power cut, of programs that do not flush, on ${format}`,
        behaviour: "names outlive what is in the files: the method shows what it is for",
        method: "a directory of files is renamed, then another file is flushed, then the power is cut",
      },
      async () => {
        await using own = await tempDir("power");
        await using control = makeLoopDisks(own);
        const disk = control.add(format);
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) if (await losesUnflushedFiles(disk, attempt)) return;
        expect.fail(`${ATTEMPTS} times everything was on the disk already`);
      },
      { timeoutMs: 180_000 },
    );

    for (const [level, behaviour] of Object.entries(PROMISES)) {
      fault(
        {
          row: 7,
          fault: `a power cut after a commit with durability ${level}, on ${format}`,
          behaviour,
          method: "copies of a mounted disk, at once, after 8 s, when another file was flushed, and its manifest",
        },
        async () => {
          const { cuts } = subjects.find((subject) => subject.format === format && subject.level === level) as Subject;
          const figures = { hits: 0, misses: 0 };
          for (const [moment, cut] of cuts) {
            const first = await cut.mounted((disk) => callAfter(temp, disk, level as Level));
            if (level === "full") expect(first.status, moment).toBe("hit");
            if (first.status === "hit") figures.hits += 1;
            else figures.misses += 1;
            record(`| ${format} | ${level} | ${moment} | ${first.status} | ${first.missReason ?? ""} |`);
          }
          return figures;
        },
        { timeoutMs: 180_000 },
      );
    }
  }
});

async function commitAndCut(temp: TempDir, subjects: readonly Subject[]): Promise<void> {
  const entries = subjects.map(({ disk, level, cuts }) => {
    const [first] = call(temp, disk.dir, level);
    cuts.set("0", disk.cut());
    expect(first, "the entry is made").toMatchObject({ status: "miss", wrong: [] });
    return first.outputDir;
  });
  const committedMs = performance.now();
  for (const moment of MOMENTS.slice(1)) {
    const atMs = committedMs + (Number.parseInt(moment, 10) || 0) * 1000;
    await sleep(Math.max(0, atMs - performance.now()));
    for (const [index, { disk, cuts }] of subjects.entries()) {
      if (moment === "another") disk.flushAnotherFile();
      if (moment === "manifest") flushFile(path.join(entries[index] ?? "", ".runcache/manifest.json"));
      cuts.set(moment, disk.cut());
    }
  }
}

/** Asserts what holds after any cut; returns how the first call was served. */
async function callAfter(temp: TempDir, disk: string, level: Level): Promise<Served> {
  if (level !== "none") expect(await damagedEntries(disk), "what is visible is whole").toEqual([]);
  const [first, second] = call(temp, disk, level);
  expect(first.wrong, "whatever is served is right").toEqual([]);
  expect(second, "and is cached from then on").toMatchObject({ status: "hit", wrong: [] });
  expect(await damagedEntries(disk)).toEqual([]);
  return first;
}

/** Two equal calls in one process, which finds that the system was started anew since the last one. */
function call(temp: TempDir, disk: string, level: Level): [Served, Served] {
  writeFileSync(temp.join("boot-id"), `${randomUUID()}\n`);
  const reboot = 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"';
  const args = [CALL, path.join(disk, "cache"), temp.join("runs"), temp.join("in.txt"), level];
  const { status, stdout, stderr } = spawnSync(
    "unshare",
    ["--mount", "sh", "-c", reboot, "sh", temp.join("boot-id"), process.execPath, ...args],
    { encoding: "utf8", env: { ...process.env, XDG_CACHE_HOME: temp.join("xdg") }, timeout: 120_000 },
  );
  expect({ status, stderr }, "no call fails, and none warns").toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as [Served, Served];
}

async function damagedEntries(disk: string): Promise<VerifyFinding[]> {
  const dir = path.join(disk, "cache");
  const findings: VerifyFinding[] = [];
  if (!existsSync(path.join(dir, ".runcache.json"))) return findings;
  await openCache(dir).verify({ onFinding: (finding) => void findings.push(finding) });
  return findings;
}

/** Whether the name of a directory survives that holds nothing of what was written into it. */
async function losesUnflushedFiles(disk: LoopDisk, attempt: number): Promise<boolean> {
  const draft = path.join(disk.dir, "draft");
  mkdirSync(draft);
  for (const name of ["a", "b"]) writeFileSync(path.join(draft, name), "content");
  renameSync(draft, path.join(disk.dir, `control-${attempt}`));
  disk.flushAnotherFile();
  return disk.cut().mounted((dir) => {
    const control = path.join(dir, `control-${attempt}`);
    return (
      existsSync(control) && readdirSync(control).every((name) => readFileSync(path.join(control, name)).length === 0)
    );
  });
}

/** One line of test/faults/long/POWER-CUT.md, where it is asked for. */
function record(line: string): void {
  const file = process.env["RUNCACHE_POWER_CUTS_TABLE"];
  if (file !== undefined) appendFileSync(file, `${line}\n`);
}
