import type { CacheableRunner } from "@runcache/core";
import { InPlaceRunner } from "./in-place-runner.js";
import { checkRunner, type RunPlan } from "./run-plan.js";

/**
 * What carries the plan out: the command in place, or a container. Engines are loaded when asked for.
 * @throws UsageError as `checkRunner`
 */
export async function makeBase(plan: RunPlan): Promise<CacheableRunner> {
  const { settings, context, command, outputs, okExitCodes, found } = plan;
  checkRunner(plan);
  const runner = settings.runner.value;
  if (runner === "local") {
    const declared = found.inputs.filter(({ inferred }) => !inferred); // the cache itself looks at them
    const inferred = found.inputs.filter((input) => input.inferred);
    return new InPlaceRunner({
      cwd: context.cwd,
      command,
      outputs,
      okExitCodes,
      cacheDir: settings.cacheDir.value,
      inferred: new Set(inferred.map(({ hostPath }) => hostPath)),
      mayChange: [settings.cacheDir.value, ...[...outputs, ...declared].map(({ hostPath }) => hostPath)],
      strict: settings.strict.value,
      // Who names some outputs knows of them; beside a build others write into the same directories.
      looksInside: outputs.length === 0 && settings.infer.value,
    });
  }
  const { containerRunner } = await import("./container-base.js");
  return await containerRunner(runner, plan);
}
