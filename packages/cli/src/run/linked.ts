import { linkSync } from "node:fs";
import { hasCode } from "@runcache/core";

/**
 * Gives the file at the host path `from` the second name `to`.
 * @returns false where the file system, its borders or the file's owner do not allow it
 */
export function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EXDEV", "EPERM", "EACCES", "EMLINK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS")) return false;
    throw error;
  }
}
