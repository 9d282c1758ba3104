import { closeStreamFiles, openStreamFiles, tailOfFile, type Flow, type LaunchResult } from "@runcache/core";
import type { ContainerContext } from "./container-context.js";
import type { ContainerRun } from "./engine.js";
import { launch } from "./launch.js";

/** How a container of our own ended, and the last lines it wrote on standard error. */
export interface QuietResult extends LaunchResult {
  readonly stderrTail: readonly string[];
}

/**
 * Carries out `run` with streams of its own, which no caller sees.
 * @param dir host path of a directory with room for them
 * @param signal ends it, where the flow does not block
 */
export function* quietRun(
  context: ContainerContext,
  run: ContainerRun,
  dir: string,
  signal?: AbortSignal,
): Flow<QuietResult> {
  const streams = { stdin: null, ...(signal === undefined ? {} : { signal }) };
  const files = openStreamFiles(dir);
  try {
    const result = yield* launch(context.launcher, context.engine.plan(run), { ...files, ...streams });
    return { ...result, stderrTail: tailOfFile(files.stderrFd) };
  } finally {
    closeStreamFiles(files);
  }
}
