import { constants } from "node:os";
import { EXIT } from "../exit-codes.js";

/** The exit code that a shell gives to a process that ended so. */
export function exitCodeOf({
  exitCode,
  signal,
}: {
  readonly exitCode: number | null;
  readonly signal: string | null;
}): number {
  return exitCode ?? signalExitCode(signal ?? "");
}

/** Exit code for what the signal `name` ended. */
export function signalExitCode(name: string): number {
  return EXIT.signal + (Object.entries(constants.signals).find(([known]) => known === name)?.[1] ?? 0);
}
