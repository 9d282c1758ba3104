import { isAbsolute, join, normalize, relative, resolve } from "node:path";
import { UsageError } from "@runcache/core";

/** One path that a command says it writes. */
export interface DeclaredOutput {
  /** As the user wrote it. */
  readonly given: string;
  /** Absolute host path. */
  readonly hostPath: string;
  /** What enters the key: relative to the working directory, or absolute where it was given so. */
  readonly place: string;
  /** Where it lies in an entry, relative to it. */
  readonly entryName: string;
}

/** Holds, in an entry, what lies outside of the working directory. */
export const OUTSIDE = ".outside";

/**
 * The outputs that `--out` names, sorted, each once; what lies below another one is part of it. Those in
 * the working directory keep their names in an entry, all others get a directory of their own, so that no
 * two can meet.
 * @param cwd absolute host path of the working directory
 * @throws UsageError `ERR_RUNCACHE_OUTPUT_PATH` where one is empty, or holds the working directory
 */
export function declareOutputs(cwd: string, given: readonly string[]): readonly DeclaredOutput[] {
  const outputs = given.map((path) => locate(cwd, path)).sort((a, b) => (a.place < b.place ? -1 : 1));
  const outermost = outputs.filter(
    ({ hostPath }, index) =>
      !outputs.some((other, position) =>
        other.hostPath === hostPath ? position < index : isAtOrBelow(hostPath, other.hostPath),
      ),
  );
  return outermost.map((output, index) => ({ ...output, entryName: entryName(cwd, output.hostPath, index) }));
}

/** Whether the absolute `path` is `root` or lies below it. */
export function isAtOrBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith("/") ? root : `${root}/`);
}

/** Entry-relative path of the absolute host path `path`, or null where it is no output's. */
export function entryPathOf(outputs: readonly DeclaredOutput[], path: string): string | null {
  const output = outputs.find(({ hostPath }) => isAtOrBelow(path, hostPath));
  return output === undefined ? null : join(output.entryName, relative(output.hostPath, path));
}

function locate(cwd: string, given: string): Omit<DeclaredOutput, "entryName"> {
  if (given === "" || given.includes("\0")) throw pathError(given, "is no path");
  const hostPath = resolve(cwd, given);
  if (isAtOrBelow(cwd, hostPath)) throw pathError(given, "holds the working directory: name what the command writes");
  return { given, hostPath, place: isAbsolute(given) ? normalize(hostPath) : relative(cwd, hostPath) };
}

function entryName(cwd: string, hostPath: string, index: number): string {
  const inside = relative(cwd, hostPath);
  const [first = ""] = inside.split("/");
  const isPlain = first !== ".." && first !== OUTSIDE && first !== ".runcache";
  return isPlain ? inside : join(OUTSIDE, String(index), hostPath.slice(hostPath.lastIndexOf("/") + 1));
}

function pathError(given: string, fault: string): UsageError {
  return new UsageError("ERR_RUNCACHE_OUTPUT_PATH", `output ${JSON.stringify(given)} ${fault}`, { given });
}
