import { constants, statSync, type BigIntStats } from "node:fs";
import { resolve } from "node:path";
import { checkAccess, hasCode } from "@runcache/core";
import { DEFAULT_PATH } from "./watched-command.js";

/** Where a program was found, or why it cannot be started. */
export type FoundExecutable =
  | { readonly status: "found"; readonly path: string; readonly state: BigIntStats }
  | { readonly status: "not-executable"; readonly path: string }
  | { readonly status: "not-found" };

/**
 * The file that starting `program` would execute, as `execvp` finds it: a name with a slash relative to
 * the working directory, any other on PATH, of whose parts an empty one is the working directory.
 * @param path value of PATH; undefined where it is not set
 * @param cwd host path of the process's working directory
 */
export function findExecutable(program: string, path: string | undefined, cwd: string): FoundExecutable {
  if (program === "") return { status: "not-found" };
  const directories = program.includes("/") ? [null] : (path ?? DEFAULT_PATH).split(":");
  let refused: string | undefined;
  for (const directory of directories) {
    const candidate = directory === null ? program : `${directory === "" ? "." : directory}/${program}`;
    // Every hit looks here: what is absolute already is not resolved again.
    const file = candidate.startsWith("/") ? candidate : resolve(cwd, candidate);
    const judged = judge(file);
    if (typeof judged === "object") return { status: "found", path: resolve(file), state: judged };
    if (judged === "not-executable") refused ??= resolve(file);
  }
  return refused === undefined ? { status: "not-found" } : { status: "not-executable", path: refused };
}

/** The state of a file that may be executed, or what the path is instead. */
function judge(path: string): BigIntStats | "not-executable" | "not-found" {
  try {
    // Most directories of a PATH do not hold the program: no exception for these.
    const state = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (state === undefined) return "not-found";
    if (!state.isFile()) return "not-executable";
    checkAccess(path, constants.X_OK, state);
    return state;
  } catch (error) {
    if (hasCode(error, "EACCES", "EPERM")) return "not-executable";
    if (hasCode(error, "ELOOP", "ENAMETOOLONG", "ENOTDIR", "ENOENT")) return "not-found";
    throw error;
  }
}
