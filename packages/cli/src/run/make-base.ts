import type { CacheableRunner } from "@runcache/core";
import { InPlaceRunner } from "./in-place-runner.js";
import { checkRunner, type RunPlan } from "./run-plan.js";

/**
 * What carries the plan out: the command in place, or a container. Engines are loaded when asked for.
 * @throws UsageError as `checkRunner`
 */
export async function makeBase(plan: RunPlan): Promise<CacheableRunner> {
  const { settings, context, command, outputs, okExitCodes } = plan;
  checkRunner(plan);
  const runner = settings.runner.value;
  if (runner === "local") {
    const except = [settings.cacheDir.value, ...outputs.map(({ hostPath }) => hostPath)];
    return new InPlaceRunner({
      cwd: context.cwd,
      command,
      outputs,
      okExitCodes,
      mayChange: settings.strict.value ? except : null,
    });
  }
  const { containerRunner } = await import("./container-base.js");
  return await containerRunner(runner, plan);
}
