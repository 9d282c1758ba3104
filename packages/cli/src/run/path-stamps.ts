import { lstatSync, readdirSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import { hasCode } from "@runcache/core";

/** Host path → what changes when somebody writes there. */
export type PathStamps = ReadonlyMap<string, string>;

/**
 * Stamps of everything at and below the host paths `roots` but below `except`. Paths that are not there
 * have none.
 */
export function stampPaths(roots: readonly string[], except: readonly string[] = []): PathStamps {
  const stamps = new Map<string, string>();
  const visit = (path: string): void => {
    const stats = lstatIfAny(path);
    if (stats === undefined || except.includes(path)) return;
    stamps.set(path, stampOf(stats));
    if (stats.isDirectory()) for (const name of namesIn(path)) visit(join(path, name));
  };
  for (const root of roots) visit(root);
  return stamps;
}

/** The stamp of every directory. */
export const DIRECTORY = "directory";

/** Of a directory only that it is there: what is written below has its own stamps. */
export function stampOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return DIRECTORY;
  return [stats.dev, stats.ino, stats.mode, stats.size, stats.mtimeNs, stats.ctimeNs].join(" ");
}

/** State of the host path `path` itself, or undefined where nothing is there. */
export function lstatIfAny(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, "EACCES", "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
