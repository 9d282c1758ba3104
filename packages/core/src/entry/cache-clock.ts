import { closeSync, fstatSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { randomName } from "../platform/random-name.js";
import { isSystemError } from "../platform/system-error.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { TRASH_NAME } from "./layout.js";

/**
 * The time by which the file system of the cache stamps files, in milliseconds since 1970: a server has a
 * clock of its own. This machine's time where nothing can be written.
 */
export function cacheNowMs(root: CacheRoot): number {
  let probe: string;
  let fd: number;
  try {
    probe = join(ensureDir(root, TRASH_NAME), randomName());
    fd = openSync(probe, "wx");
  } catch (error) {
    if (isSystemError(error)) return Date.now();
    throw error;
  }
  try {
    return fstatSync(fd).mtimeMs;
  } finally {
    closeSync(fd);
    rmSync(probe, { force: true }); // others may have removed the trash, and it with it
  }
}
