import type { InputPath } from "./input-path.js";

/**
 * A path whose every character is one byte of it (latin1), so that names which are not valid UTF-8 stay
 * apart, and comparing strings compares bytes.
 */
export type BytePath = string;

/** The bytes of a host path. */
export function bytePath(path: InputPath): BytePath {
  if (typeof path !== "string") return path.toString("latin1");
  return ASCII.test(path) ? path : Buffer.from(path, "utf8").toString("latin1");
}

/** `path` as system calls take it. */
export function inputPath(path: BytePath): InputPath {
  return ASCII.test(path) ? path : Buffer.from(path, "latin1");
}

// eslint-disable-next-line no-control-regex -- names may hold anything
const ASCII = /^[\u0000-\u007f]*$/;

/** `name` under `directory`, which may be the empty path. */
export function joinBytes(directory: BytePath, name: BytePath): BytePath {
  if (directory === "") return name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/** `path` relative to `root`: empty for the root itself, null outside it. Both absolute and without `..`. */
export function relativeBytes(root: BytePath, path: BytePath): BytePath | null {
  if (path === root) return "";
  const prefix = joinBytes(root, "");
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** The directory that holds `path`, an absolute path without `..`. */
export function parentBytes(path: BytePath): BytePath {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}
