import { constants, copyFileSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { perform, type Flow } from "../platform/flow.js";

/** Shares the blocks where the file system can; never overwrites. */
const MODE = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;

/**
 * Copies the file at the host path `from`, permission bits included, to the new file `to`.
 * @throws what the file system throws
 */
export function* cloneFile(from: string | Buffer, to: string | Buffer): Flow<void> {
  yield* perform({ sync: () => copyFileSync(from, to, MODE), async: () => copyFile(from, to, MODE) });
}
