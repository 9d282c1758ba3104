import { fstatSync, readdirSync, statSync, type BigIntStats } from "node:fs";
import { hasCode } from "@runcache/core";
import { lstatIfAny, stampOf } from "./path-stamps.js";

/**
 * What shows that somebody wrote at the host path `path`, also through a link; null where nothing is.
 * @param own files that are no results: the ids of `ownStreams`
 * @param isInput a second name that such a file gets is no change
 */
export function stampNamed(path: string, own: ReadonlySet<string>, isInput: boolean): string | null {
  const stats = lstatIfPossible(path);
  if (stats === undefined) return null;
  const target = stats.isSymbolicLink() ? statIfAny(path) : stats;
  if (target !== undefined && own.has(fileId(target))) return "stream";
  if (target !== undefined && !target.isFile() && !target.isDirectory()) return "special";
  const stamp = (of: BigIntStats) => (isInput ? contentStampOf(of) : stampOf(of));
  return [stats, ...(target === undefined || target === stats ? [] : [target])].map(stamp).join(" -> ");
}

/** As `stampOf`, without what a second name for the file changes. */
function contentStampOf(stats: BigIntStats): string {
  return [stats.dev, stats.ino, stats.mode, stats.size, stats.mtimeNs].join(" ");
}

/** The files that our own streams go to: what is written there is passed on, not lost. */
export function ownStreams(): Set<string> {
  return new Set(
    [1, 2]
      .flatMap((fd) => statsOfStream(fd) ?? [])
      .filter((stats) => stats.isFile())
      .map(fileId),
  );
}

/** Whether our descriptor `fd` leads to another program. */
export function isPipe(fd: number): boolean {
  const stats = statsOfStream(fd);
  return stats !== undefined && (stats.isFIFO() || stats.isSocket());
}

function statsOfStream(fd: number): BigIntStats | undefined {
  try {
    return fstatSync(fd, { bigint: true });
  } catch (error) {
    if (hasCode(error, "EBADF")) return undefined;
    throw error;
  }
}

/** The same for every name of a file. */
export function fileId({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** An argument is any text: what can be no path, or leads where nobody may look, is nothing. */
const NO_PATH = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "EACCES", "ELOOP"] as const;

function lstatIfPossible(path: string): BigIntStats | undefined {
  try {
    return lstatIfAny(path);
  } catch (error) {
    if (hasCode(error, ...NO_PATH)) return undefined;
    throw error;
  }
}

/** State of what the host path `path` leads to, or undefined where that is nothing. */
export function statIfAny(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, ...NO_PATH)) return undefined;
    throw error;
  }
}

/** Names in the host directory `dir`; none where it cannot be read. */
export function namesIfAny(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, ...NO_PATH)) return [];
    throw error;
  }
}
