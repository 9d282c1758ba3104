import { accessSync, chmodSync, constants, copyFileSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { displayPath, inputError, type InputPath } from "../hashing/input-path.js";
import { perform, type Flow } from "../platform/flow.js";
import { isSystemError } from "../platform/system-error.js";
import { RuncacheError } from "../types/errors.js";

/** Shares the blocks where the file system can; never overwrites. */
const MODE = constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL;

/**
 * Copies the content of the file at the host path `from` to the new file `to`, which its owner may
 * write. Permissions go with it; setuid and setgid do not.
 * @throws InputError where `from` is gone or cannot be read; RuncacheError `ERR_RUNCACHE_COPY`
 */
export function* copyWritable(from: InputPath, to: InputPath): Flow<void> {
  const permissions = readablePermissions(from);
  try {
    yield* perform({ sync: () => copyFileSync(from, to, MODE), async: () => copyFile(from, to, MODE) });
    chmodSync(to, permissions | 0o600);
  } catch (error) {
    throw copyError(from, to, error);
  }
}

function readablePermissions(path: InputPath): number {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).mode & 0o777;
  } catch (error) {
    throw inputError(path, error);
  }
}

function copyError(from: InputPath, to: InputPath, cause: unknown): unknown {
  if (!isSystemError(cause)) return cause;
  const facts = { path: displayPath(from), copy: displayPath(to) };
  const message = `mutable input ${facts.path} could not be copied to ${facts.copy} (${cause.message}): the tool was not run; look whether that directory is new and has room`;
  return new RuncacheError("ERR_RUNCACHE_COPY", message, facts, cause);
}
