import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";

const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/**
 * The first directory, from the host directory `dir` upwards, in which everybody on this machine may
 * replace what others made, or null: with that, anybody could plant entries.
 * @throws what the file system throws
 */
export function findExposure(dir: string): string | null {
  const root = realpathSync.native(dir);
  for (let path = root; ; path = dirname(path)) {
    const { mode } = statSync(path);
    // A sticky directory protects what is in it, but anybody may add to it.
    const isProtected = path !== root && (mode & STICKY) !== 0;
    if ((mode & OTHERS_WRITE) !== 0 && !isProtected) return path;
    if (path === dirname(path)) return null;
  }
}
