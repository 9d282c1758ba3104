import { createReadStream, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { hasCode, MISS_REASONS, type MissReason } from "@runcache/core";
import { parseFileName, stateDir, STATS_NAME } from "./stats-dir.js";
import type { StatsIncrement } from "./stats-record.js";

/** Counts over a period. */
export interface StatsSum {
  readonly hits: number;
  readonly misses: number;
  readonly missReasons: Readonly<Partial<Record<MissReason, number>>>;
  readonly bypasses: number;
  readonly notStored: number;
  readonly savedMs: number;
  readonly ranMs: number;
  readonly storedBytes: number;
}

/** What all files of counts say together. */
export interface StatsTotals {
  readonly all: StatsSum;
  /** `package/name` → its counts. */
  readonly byTool: ReadonlyMap<string, StatsSum>;
  readonly byUser: ReadonlyMap<string, StatsSum>;
  /** Files that cannot be read. */
  readonly unseen: readonly string[];
}

/** From when on, and until when; milliseconds since 1970. */
export interface StatsPeriod {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/**
 * Sums up the counts of the cache at the host path `cacheDir` over a period, those in the user's state
 * directory included.
 */
export async function readStats(
  cacheDir: string,
  { sinceMs, untilMs }: StatsPeriod,
  env: NodeJS.ProcessEnv,
): Promise<StatsTotals> {
  let all = EMPTY;
  const byTool = new Map<string, StatsSum>();
  const byUser = new Map<string, StatsSum>();
  const unseen: string[] = [];
  for (const dir of [join(cacheDir, STATS_NAME), stateDir(cacheDir, env)]) {
    for (const name of namesIn(dir)) {
      const { user } = parseFileName(name) ?? {};
      if (user === undefined) continue;
      try {
        for await (const increment of readIncrements(join(dir, name))) {
          if (increment.at < sinceMs || increment.at >= untilMs) continue;
          all = add(all, increment);
          byTool.set(increment.tool, add(byTool.get(increment.tool) ?? EMPTY, increment));
          byUser.set(user, add(byUser.get(user) ?? EMPTY, increment));
        }
      } catch (error) {
        if (!(error instanceof Error && "syscall" in error)) throw error;
        unseen.push(join(dir, name));
      }
    }
  }
  return { all, byTool, byUser, unseen };
}

const EMPTY: StatsSum = {
  hits: 0,
  misses: 0,
  missReasons: {},
  bypasses: 0,
  notStored: 0,
  savedMs: 0,
  ranMs: 0,
  storedBytes: 0,
};

function add(sum: StatsSum, { misses, ...more }: StatsIncrement): StatsSum {
  const missReasons = { ...sum.missReasons };
  let missed = 0;
  for (const reason of MISS_REASONS) {
    const times = misses[reason] ?? 0;
    if (times > 0) missReasons[reason] = (missReasons[reason] ?? 0) + times;
    missed += times;
  }
  return {
    hits: sum.hits + more.hits,
    misses: sum.misses + missed,
    missReasons,
    bypasses: sum.bypasses + more.bypasses,
    notStored: sum.notStored + more.notStored,
    savedMs: sum.savedMs + more.savedMs,
    ranMs: sum.ranMs + more.ranMs,
    storedBytes: sum.storedBytes + more.storedBytes,
  };
}

/** Lines that a killed process cut off, or that are of another version, are left out. */
async function* readIncrements(path: string): AsyncGenerator<StatsIncrement> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    const increment = parse(line);
    if (increment !== null) yield increment;
  }
}

const NUMBERS = ["at", "hits", "bypasses", "notStored", "savedMs", "ranMs", "storedBytes"] as const;

function parse(line: string): StatsIncrement | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof value !== "object" || value === null) return null;
  const increment = value as Partial<StatsIncrement>;
  const isWhole =
    typeof increment.tool === "string" &&
    typeof increment.misses === "object" &&
    NUMBERS.every((name) => Number.isFinite(increment[name]));
  return isWhole ? (increment as StatsIncrement) : null;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if (hasCode(error, "ENOENT", "EACCES", "ENOTDIR")) return [];
    throw error;
  }
}
