import { statfsSync } from "node:fs";
import { errorName, isSystemError, type SystemError } from "./system-error.js";

/**
 * What `error` says, and for a full disk what exactly is used up: space for data may be left where there
 * is none for another file. `path` is a host path on the file system in question.
 */
export function explainStorageError(error: SystemError, path: string): string {
  if (errorName(error) === "EDQUOT") return `${error.message} (the user's quota is used up)`;
  return error.code === "ENOSPC" ? `${error.message}${freeSpace(path)}` : error.message;
}

function freeSpace(path: string): string {
  try {
    const { bavail, bsize, ffree, files } = statfsSync(path);
    // Some file systems make inodes as they need them, and count none.
    const inodes = files === 0 ? "" : `, ${ffree} inodes free`;
    return ` (${Math.floor((bavail * bsize) / 2 ** 20)} MiB free${inodes})`;
  } catch (error) {
    if (isSystemError(error)) return ""; // the first error says enough
    throw error;
  }
}
