import { mkdirSync, rmSync } from "node:fs";
import type { CacheableExecution } from "@runcache/core";
import { EXIT } from "../exit-codes.js";
import type { Interrupts } from "./interrupt.js";
import { exitCodeOf } from "./exit-status.js";
import { makeBase } from "./make-base.js";
import { restoreOutputs } from "./restore-outputs.js";
import type { RunLog } from "./run-log.js";
import { planCommand, type RunPlan, type Uncacheable } from "./run-plan.js";

/**
 * Runs the plan's command as if there were no cache: its streams are ours.
 * @returns the exit code
 * @throws LaunchError, InputError, EngineError; an Interrupt
 */
export async function runUncached(
  plan: RunPlan,
  log: RunLog,
  interrupts: Interrupts,
  why: Uncacheable,
): Promise<number> {
  if (plan.settings.mode.value === "off") log.note(`not cached: ${why.reason}`);
  else log.uncached(why);
  if (plan.settings.requireCache.value) return EXIT.failed;
  interrupts.listen();
  log.starting(plan);
  const { id, name, package: pack = "", image } = plan.tool;
  const metadata = { id, name, package: pack, ...(image === undefined ? {} : { container_image_tag: image }) };
  const execution = (await makeBase(plan)).startExecution(metadata) as CacheableExecution;
  const words = planCommand(plan, { input: (path) => execution.inputFile(path), output: (output) => output });
  const isApart = plan.settings.runner.value !== "local";
  if (isApart) mkdirSync(execution.outputDir, { recursive: true });
  try {
    const result = await execution.captureAsync?.({
      cargs: words,
      stdin: plan.stdin.path,
      stdoutFd: plan.context.out.fd,
      stderrFd: plan.context.err.fd,
      signal: interrupts.signal,
    });
    if (result === undefined) throw new Error("Internal error: the base cannot capture");
    if (isApart)
      restoreOutputs(execution.outputDir, plan.outputs, { link: "copy", cacheDir: plan.settings.cacheDir.value });
    return exitCodeOf(result);
  } finally {
    if (isApart) rmSync(execution.outputDir, { recursive: true, force: true });
  }
}
