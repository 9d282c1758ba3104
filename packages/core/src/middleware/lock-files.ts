import { stat, unlink, unlinkSync, utimes, writeFile } from "node:fs";

/** The part of `node:fs` that `proper-lockfile` uses, but for locks that are files which say whose they are. */
export function lockFiles(owner: string): object {
  return {
    mkdir: (path: string, done: (error: Error | null) => void) => writeFile(path, owner, { flag: "wx" }, done),
    rmdir: unlink,
    rmdirSync: unlinkSync,
    stat,
    utimes,
  };
}
