import { statSync, type BigIntStats } from "node:fs";
import { hasCode, UsageError } from "@runcache/core";

/**
 * Host path of the working directory.
 * @throws UsageError `ERR_RUNCACHE_WORKING_DIRECTORY` where there is none any more, or where its path leads
 * elsewhere: one that is not UTF-8 is another as a text, and the command would run there
 */
export function workingDirectory(): string {
  const cwd = pathOfWorkingDirectory();
  const [here, there] = [statIfAny("."), statIfAny(cwd)];
  if (here !== null && there !== null && (here?.dev !== there?.dev || here?.ino !== there?.ino)) {
    const path = JSON.stringify(cwd);
    throw directoryError(`the working directory cannot be named as a text: ${path} is not it; give it a name in UTF-8`);
  }
  return cwd;
}

function pathOfWorkingDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    throw directoryError("the working directory is gone: change to one that exists", error);
  }
}

/** Null where nobody may look. */
function statIfAny(path: string): BigIntStats | null | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (hasCode(error, "EACCES")) return null;
    throw error;
  }
}

function directoryError(message: string, cause?: unknown): UsageError {
  return new UsageError("ERR_RUNCACHE_WORKING_DIRECTORY", message, {}, cause);
}
