import { readFileSync } from "node:fs";
import { hasCode, type ResourceUsage } from "@runcache/core";

/** Linux counts in hundredths of a second towards programs, whatever the kernel's own tick is. */
const TICK_MS = 10;

/**
 * CPU time of all children of this process that have ended, and of theirs; null where the system does not
 * tell (it does on Linux). Of a run during which no other child ends, the difference is its usage.
 */
export function childCpu(): ResourceUsage | null {
  const stat = readOwnStat();
  if (stat === null) return null;
  // After the name, which may hold anything: field 3 (state) and so on; 16 and 17 are cutime and cstime.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { userMs: Number(fields[16 - 3]) * TICK_MS, systemMs: Number(fields[17 - 3]) * TICK_MS };
}

function readOwnStat(): string | null {
  if (process.platform !== "linux") return null;
  try {
    return readFileSync("/proc/self/stat", "latin1");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null; // a root directory without /proc
    throw error;
  }
}

/** What was used between two answers of `childCpu`. */
export function cpuBetween(before: ResourceUsage | null, after: ResourceUsage | null): ResourceUsage | null {
  if (before === null || after === null) return null;
  return { userMs: after.userMs - before.userMs, systemMs: after.systemMs - before.systemMs };
}
