import { appendFileSync, closeSync, constants, fchmodSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { CacheRootError, hasCode } from "@runcache/core";
import { makeStatsDir, ownFileName, stateDir, STATS_NAME } from "./stats-dir.js";
import type { StatsIncrement } from "./stats-record.js";

/**
 * Adds `increments` to the counts of the cache at the host path `cacheDir`, or to those in the user's
 * state directory where the cache cannot be written. Never precious: where neither can be, they are lost.
 */
export function appendStats(
  cacheDir: string,
  increments: readonly StatsIncrement[],
  env: NodeJS.ProcessEnv = process.env,
): void {
  if (increments.length === 0) return;
  const text = increments.map((increment) => `${JSON.stringify(increment)}\n`).join("");
  const name = ownFileName(increments[0]?.at ?? Date.now());
  if (appendInCache(cacheDir, name, text)) return;
  try {
    const dir = stateDir(cacheDir, env);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    appendFileSync(join(dir, name), text, { mode: 0o600 });
  } catch (error) {
    if (!isStorageTrouble(error)) throw error;
  }
}

/** False where there is no cache, or none that may be written. */
function appendInCache(cacheDir: string, name: string, text: string): boolean {
  const path = join(cacheDir, STATS_NAME, name);
  try {
    if (!appendTo(path, text)) makeFile(cacheDir, path, text);
    return true;
  } catch (error) {
    if (error instanceof CacheRootError || isStorageTrouble(error)) return false;
    throw error;
  }
}

/** One write, which the system appends as a whole. False where the file is not there yet. */
function appendTo(path: string, text: string): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
  return true;
}

function makeFile(cacheDir: string, path: string, text: string): void {
  const { modes } = makeStatsDir(cacheDir);
  const fd = openSync(path, "a");
  try {
    fchmodSync(fd, modes.file | 0o600); // whatever the umask
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

function isStorageTrouble(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
