import { rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../platform/system-error.js";
import { OWNER_NAME } from "./layout.js";

/** Cache root → staging directories of this process that hold nothing but their owner. Host paths. */
const spares = new Map<string, string[]>();

/** A directory that `offerSpare` got for the cache at `rootDir`, or null. Somebody may have removed it. */
export function takeSpare(rootDir: string): string | null {
  return spares.get(rootDir)?.pop() ?? null;
}

/**
 * Keeps the staging directory `dir` for a run that begins in this turn of the event loop, as those of a sweep
 * do: to make and remove one costs as much as the rest of a short run. Then it is removed.
 */
export function offerSpare(rootDir: string, dir: string): void {
  if (spares.size === 0) {
    setImmediate(removeSpares);
    process.once("exit", removeSpares);
  }
  const kept = spares.get(rootDir);
  if (kept === undefined) spares.set(rootDir, [dir]);
  else kept.push(dir);
}

function removeSpares(): void {
  process.off("exit", removeSpares);
  for (const dir of [...spares.values()].flat()) removeSpare(dir);
  spares.clear();
}

function removeSpare(dir: string): void {
  try {
    unlinkSync(join(dir, OWNER_NAME));
    rmdirSync(dir);
  } catch (error) {
    if (!isSystemError(error)) throw error; // removed by somebody, or left to the next sweep
  }
}
