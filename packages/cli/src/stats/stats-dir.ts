import { chmodSync, mkdirSync, statSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { openRoot, selectHasher, type CacheRoot } from "@runcache/core";
import { userStateDir } from "../config/state-dir.js";

/** Name of the directory of a cache that holds counts. */
export const STATS_NAME = ".stats";

/** Where a file of counts belongs. */
export interface StatsFileName {
  readonly user: string;
  readonly host: string;
  /** `2026-11` */
  readonly month: string;
}

/**
 * Name of the file that this user's processes on this machine append to: nobody else does, and on a
 * network file system two machines would overwrite each other.
 */
export function ownFileName(nowMs: number): string {
  const month = new Date(nowMs).toISOString().slice(0, 7);
  return [userName(), hostname(), month].map((part) => part.replaceAll(/[^\w.-]/g, "_")).join("@") + SUFFIX;
}

const SUFFIX = ".jsonl";

/** What the name of a file of counts says, or null for any other file. */
export function parseFileName(name: string): StatsFileName | null {
  const [, user, host, month] = /^([\w.-]+)@([\w.-]*)@(\d{4}-\d{2})\.jsonl$/.exec(name) ?? [];
  return user === undefined || host === undefined || month === undefined ? null : { user, host, month };
}

/** Host path of the directory that takes the counts of this user where the cache `cacheDir` takes none. */
export function stateDir(cacheDir: string, env: NodeJS.ProcessEnv): string {
  const name = selectHasher().hash(Buffer.from(cacheDir, "utf8")).slice("b3:".length).slice(0, 32);
  return join(userStateDir(env), "stats", name);
}

/** Name of the user, or the number where the system has no name for it. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return `uid-${process.getuid?.() ?? "unknown"}`;
    throw error;
  }
}

/**
 * Makes the directory for counts in the cache at the host path `cacheDir`, where it is missing.
 * @throws CacheRootError; what the file system throws
 */
export function makeStatsDir(cacheDir: string): CacheRoot {
  const root = openRoot(cacheDir);
  const dir = join(cacheDir, STATS_NAME);
  if (statSync(dir, { throwIfNoEntry: false }) !== undefined) return root;
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, root.modes.directory); // whatever the umask
  return root;
}
