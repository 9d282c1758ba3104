import { lstatSync, type Stats } from "node:fs";
import { isGone, isSystemError } from "../platform/system-error.js";
import { InputError, hasCode } from "../types/errors.js";

/** Host path of an input. Bytes where a name on the way is not valid UTF-8: as a string it could not be opened. */
export type InputPath = string | Buffer;

/** `path` for messages. */
export function displayPath(path: InputPath): string {
  return typeof path === "string" ? path : path.toString("utf8");
}

/** `lstat` of `path`, or null where nothing has that path. */
export function lstatIfAny(path: InputPath): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null; // an exception costs more than the call
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** What `error`, thrown by a system call on the input `path`, means to the caller; other errors as they are. */
export function inputError(path: InputPath, error: unknown): unknown {
  const name = displayPath(path);
  if (hasCode(error, "ERR_INVALID_ARG_VALUE")) {
    const message = `input path ${JSON.stringify(name)} cannot exist: it holds a NUL`;
    return new InputError("ERR_RUNCACHE_INPUT_MISSING", name, message, error);
  }
  if (!isSystemError(error)) return error;
  if (isGone(error)) {
    return new InputError("ERR_RUNCACHE_INPUT_MISSING", name, `input ${name} does not exist; check the path`, error);
  }
  if (error.code === "ENXIO") return kindError(path, "a socket or a device", error); // what opening a socket gives
  const message = `input ${name} cannot be read (${error.message}); check its permissions and its file system`;
  return new InputError("ERR_RUNCACHE_INPUT_UNREADABLE", name, message, error);
}

/** The refusal of an input that is neither file nor directory, or not the one of them that was meant. */
export function kindError(path: InputPath, found: string, cause?: unknown): InputError {
  const name = displayPath(path);
  const message = `input ${name} is ${found}, whose content cannot be told beforehand; pass a regular file or a directory`;
  return new InputError("ERR_RUNCACHE_INPUT_KIND", name, message, cause);
}

/** The refusal of an input that did not hold still, however often it was read. */
export function changingError(path: InputPath): InputError {
  const name = displayPath(path);
  const message = `input ${name} keeps changing while it is read; wait until whatever writes it is done`;
  return new InputError("ERR_RUNCACHE_INPUT_CHANGING", name, message);
}

interface FileKind {
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  isSymbolicLink(): boolean;
}

/** What a directory entry or a stat result is, in words. */
export function kindName(kind: FileKind): string {
  if (kind.isDirectory()) return "a directory";
  if (kind.isFIFO()) return "a FIFO";
  if (kind.isSocket()) return "a socket";
  if (kind.isSymbolicLink()) return "a symbolic link";
  return "a device";
}
