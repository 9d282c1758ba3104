import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  lutimesSync,
  openSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { hasCode, perform, type Flow } from "@runcache/core";
import { copyInPieces } from "./copy-in-pieces.js";
import { linked } from "./linked.js";

/** How an output is put back: as a copy of the user's own, or as a link to the entry, which is read-only. */
export type LinkKind = "copy" | "hard" | "sym";

interface StagedFile {
  readonly executable: boolean;
  readonly link: LinkKind;
  /** Seconds since 1970. */
  readonly timeS: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes the file `to` (host path, new) of the entry's file `from`. A copy has the tool's executable bit,
 * the user's umask and the given time; a link has what the entry has.
 */
export function* stageFile(from: string, to: string, { executable, link, timeS, signal }: StagedFile): Flow<void> {
  if (link === "sym") {
    symlinkSync(from, to);
    return;
  }
  if (link === "hard" && linked(from, to)) return;
  // A file that is made first shows which permissions the umask, or the directory's default ACL, leaves.
  const fd = openSync(to, "wx", executable ? 0o777 : 0o666);
  const { mode, uid, gid } = fstatSync(fd);
  closeSync(fd);
  yield* perform({
    sync: () => copyFileSync(from, to, constants.COPYFILE_FICLONE),
    async: () => copyInPieces(from, to, signal),
  });
  keepGroup(to, uid, gid);
  chmodSync(to, mode & 0o777);
  utimesSync(to, timeS, timeS);
}

/** The copies of Node 24 give a file to the group of its source: that of the cache, where a group shares it. */
function keepGroup(path: string, uid: number, gid: number): void {
  try {
    chownSync(path, uid, gid);
  } catch (error) {
    if (!hasCode(error, "EPERM")) throw error; // of a group that the directory gives, and the user is not in
  }
}

/** Makes the symbolic link `to` (host path, new) with the text `target`. */
export function stageLink(target: string, to: string, timeS: number): void {
  symlinkSync(target, to);
  lutimesSync(to, timeS, timeS);
}
