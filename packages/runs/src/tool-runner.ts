import { constants } from "node:fs";
import { copyFile } from "node:fs/promises";
import type { Runner } from "@runcache/core";
import type { RunContext, RunFunction } from "./types/runner.js";

/** Calls wrapped tools with `runner`; returns the host path of the file that is the result. */
export type ToolFunction<P> = (runner: Runner, params: P, context: RunContext) => string | Promise<string>;

/**
 * A runner of wrapped command lines: `fn` calls tools through `runner`, a `CachingRunner` say, and so has
 * each of its steps cached below the run. The file that it returns is copied (where the file system can,
 * shared) to the run's result.
 */
export function toolRunner<P>(runner: Runner, fn: ToolFunction<P>): RunFunction<P> {
  return async (params, context) => {
    const file = await fn(runner, params, context);
    await copyFile(file, context.resultFile, constants.COPYFILE_FICLONE);
  };
}
