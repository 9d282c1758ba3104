import { UsageError } from "../types/errors.js";

/**
 * Checks that `cargs` can be started at all.
 * @throws UsageError `ERR_RUNCACHE_ARGUMENT`
 */
export function checkArguments(cargs: readonly string[]): void {
  checkStrings(cargs);
  if (cargs.length === 0)
    throw argumentError("the command line is empty: it begins with the program's name", { cargs });
}

/**
 * Checks that `cargs` are strings that a command line can carry, if any: a function has none.
 * @throws UsageError `ERR_RUNCACHE_ARGUMENT`
 */
export function checkStrings(cargs: readonly string[]): void {
  if (!Array.isArray(cargs)) {
    const shown = typeof cargs === "string" ? JSON.stringify(cargs) : String(cargs);
    throw argumentError(`the command line is ${shown}, not an array of strings: ["tool", "-x"]`, { cargs });
  }
  // A loop sees the holes of an array, too.
  for (const [index, argument] of (cargs as readonly unknown[]).entries()) {
    if (typeof argument !== "string") {
      const message = `argument ${index} of ${String(cargs[0])} is ${String(argument)}, not a string: look which parameter is not set`;
      throw argumentError(message, { index });
    }
    if (argument.includes("\0")) {
      const message = `argument ${index} of ${String(cargs[0])} holds a NUL, which no command line can carry: ${JSON.stringify(argument)}`;
      throw argumentError(message, { index });
    }
  }
}

/**
 * Refuses a command line that names a path inside the host directory `announcedDir`: the tool must write
 * where it stands, since outputs may come to lie elsewhere (and do, in a container or a cache).
 * @throws UsageError `ERR_RUNCACHE_ANNOUNCED_ARGUMENT`
 */
export function refuseAnnounced(cargs: readonly string[], announcedDir: string): void {
  const culprit = cargs.find((argument) => argument.includes(`${announcedDir}/`) || argument.endsWith(announcedDir));
  if (culprit === undefined) return;
  throw new UsageError(
    "ERR_RUNCACHE_ANNOUNCED_ARGUMENT",
    `argument ${JSON.stringify(culprit)} holds a path that outputFile announced: pass the output's name relative to the tool's working directory instead`,
    { argument: culprit },
  );
}

function argumentError(message: string, facts: Readonly<Record<string, unknown>>): UsageError {
  return new UsageError("ERR_RUNCACHE_ARGUMENT", message, facts);
}
