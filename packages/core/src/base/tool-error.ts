import { tailOfFile } from "../streams/tail.js";
import { ToolError } from "../types/errors.js";
import type { LaunchResult } from "../types/launcher.js";

/** What took the streams of a failed run: host paths or open descriptors. */
export interface FailedStreams {
  readonly stdout: string | number;
  readonly stderr: string | number;
}

/** The error of a tool that ran and failed, with the last lines of both streams. */
export function toolError(
  commandArgs: readonly string[],
  { exitCode, signal }: Pick<LaunchResult, "exitCode" | "signal">,
  { stdout, stderr }: FailedStreams,
): ToolError {
  return new ToolError({
    commandArgs,
    exitCode,
    signal,
    stdoutTail: tailOfFile(stdout),
    stderrTail: tailOfFile(stderr),
  });
}
