import { constants } from "node:os";
import { hasCode } from "../types/errors.js";

/** An error that a system call gave. */
export type SystemError = Error & { readonly code: string; readonly errno: number; readonly syscall: string };

/** Whether a system call gave `error`: trouble of the storage, not of the program. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && "syscall" in error && "errno" in error;
}

/** The name of the error, `EDQUOT`; Node's `code` knows no name for some, such as an exceeded quota. */
export function errorName({ code, errno }: SystemError): string {
  return Object.entries(constants.errno).find(([, number]) => number === -errno)?.[0] ?? code;
}

/** Whether `error` says that a path leads to nothing any more. */
export function isGone(error: unknown): boolean {
  if (hasCode(error, "ENOENT", "ENOTDIR")) return true;
  // A file that another client of a network file system removed; Node has no code for it on every platform.
  return isSystemError(error) && error.errno === -constants.errno.ESTALE;
}

/** Whether `error` says that this user may not do it, or nobody may here. */
export function isForbidden(error: unknown): boolean {
  return hasCode(error, "EACCES", "EPERM", "EROFS");
}
