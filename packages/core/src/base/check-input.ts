import { constants, statSync, type BigIntStats } from "node:fs";
import { dirname, resolve } from "node:path";
import { inputError, kindError, kindName } from "../hashing/input-path.js";
import { checkAccess } from "../platform/check-access.js";
import { UsageError } from "../types/errors.js";

/** An input that is there and can be read. */
export interface CheckedInput {
  /** Absolute host path. */
  readonly hostPath: string;
  readonly isDirectory: boolean;
}

/**
 * Looks whether `given` can be an input. With `resolveParent` the name may be the prefix of files: only
 * its parent must be there.
 * @throws UsageError `ERR_RUNCACHE_INPUT_PATH` where it is no path at all; InputError
 * `ERR_RUNCACHE_INPUT_MISSING`, `ERR_RUNCACHE_INPUT_KIND`, `ERR_RUNCACHE_INPUT_UNREADABLE`
 */
export function checkInput(given: string, resolveParent: boolean): CheckedInput {
  // Generated code passes on what the caller's parameters hold, null included.
  if (typeof (given as unknown) !== "string" || given === "") {
    const message = `an input needs a path, but inputFile got ${JSON.stringify(given)}: look which parameter is not set`;
    throw new UsageError("ERR_RUNCACHE_INPUT_PATH", message, { given });
  }
  const hostPath = resolve(given);
  const path = resolveParent ? dirname(hostPath) : hostPath;
  try {
    const stats = statSync(path, { bigint: true });
    if (!isReadableKind(stats, resolveParent)) throw kindError(path, kindName(stats));
    const isDirectory = stats.isDirectory();
    checkAccess(path, isDirectory ? constants.R_OK | constants.X_OK : constants.R_OK, stats);
    return { hostPath, isDirectory };
  } catch (error) {
    throw inputError(path, error);
  }
}

function isReadableKind(stats: BigIntStats, onlyDirectory: boolean): boolean {
  return stats.isDirectory() || (stats.isFile() && !onlyDirectory);
}
