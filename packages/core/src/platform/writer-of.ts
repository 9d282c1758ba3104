import { lstatSync, readFileSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "./names-in.js";
import { isSystemError } from "./system-error.js";

const OWNER_WRITES = 0o200;

/**
 * A process that has a file open for writing at or below one of the host `paths`, in words; null where
 * there is none. Of the processes of this user only, on Linux only, and only of those that were started
 * after the process `pid`: to look at all would cost milliseconds.
 */
export function writerOf(paths: readonly string[], pid: number): string | null {
  const roots = paths.map((path) => ifAny(() => realpathSync.native(path)) ?? path);
  const isYounger = youngerThan(pid);
  for (const name of ifAny(() => namesIn("/proc")) ?? []) {
    if (!/^\d+$/.test(name) || !isYounger(Number(name))) continue;
    const file = ifAny(() => writtenBy(`/proc/${name}`, roots));
    if (file !== null) return `process ${name} (${commandOf(name)}) had ${file} open for writing`;
  }
  return null;
}

/** The first file at or below `roots` that the process has open for writing. */
function writtenBy(process: string, roots: readonly string[]): string | null {
  for (const name of namesIn(join(process, "fd"))) {
    const link = join(process, "fd", name);
    const file = ifAny(() => readlinkSync(link));
    if (file === null || !roots.some((root) => file === root || file.startsWith(`${root}/`))) continue;
    if (((ifAny(() => lstatSync(link))?.mode ?? 0) & OWNER_WRITES) !== 0) return file;
  }
  return null;
}

/** Processes are numbered in turn, and from the beginning when the numbers are used up. */
function youngerThan(pid: number): (other: number) => boolean {
  const last = Number(ifAny(() => readFileSync("/proc/loadavg", "latin1"))?.split(" ")[4] ?? 0);
  return last >= pid ? (other) => other > pid : (other) => other > pid || other <= last;
}

function commandOf(process: string): string {
  return ifAny(() => readFileSync(`/proc/${process}/comm`, "utf8").trim()) ?? "gone meanwhile";
}

/** Null where it is gone, or hidden from this user. What cannot be looked at is no reason to fail a run. */
function ifAny<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
