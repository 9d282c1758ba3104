import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CacheableExecution, CacheableRunner, CaptureRequest, CaptureResult, Metadata } from "@runcache/core";
import { isAtOrBelow, type DeclaredOutput } from "./declared-outputs.js";
import { namesIfAny } from "./named-stamps.js";
import type { RunPlan } from "./run-plan.js";
import { lostOnHit } from "./undeclared-write.js";

type Engine = "docker" | "podman" | "apptainer";

/** A runner of the container engine `engine` for the plan's command. */
export async function containerRunner(
  engine: Engine,
  { settings, context, outputs }: RunPlan,
): Promise<CacheableRunner> {
  const values = settings.env.value.map((name) => [name, context.env[name]] as const);
  const environ = Object.fromEntries(values.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
  const base = await loadRunner(engine, environ);
  return { startExecution: (metadata) => withOutputs(base.startExecution(metadata), outputs) };
}

/** A runner whose executions can have their streams and output directory decided. */
interface CapturingRunner {
  startExecution(
    metadata: Metadata,
  ): CacheableExecution & Required<Pick<CacheableExecution, "capture" | "captureAsync">>;
}

async function loadRunner(engine: Engine, environ: Readonly<Record<string, string>>): Promise<CapturingRunner> {
  switch (engine) {
    case "docker":
      return new (await import("@runcache/docker")).DockerRunner({ environ });
    case "podman":
      return new (await import("@runcache/podman")).PodmanRunner({ environ });
    case "apptainer":
      return new (await import("@runcache/apptainer")).ApptainerRunner({ environ });
  }
}

/**
 * A command that writes `results/x.txt` finds its directory there, as it would in the working directory. What it
 * writes beside its outputs comes to nobody, and the result is not kept.
 */
function withOutputs(
  execution: ReturnType<CapturingRunner["startExecution"]>,
  outputs: readonly DeclaredOutput[],
): CacheableExecution {
  const capture = execution.capture.bind(execution);
  const captureAsync = execution.captureAsync.bind(execution);
  const prepare = (): void => {
    for (const { entryName } of outputs) mkdirSync(join(execution.outputDir, dirname(entryName)), { recursive: true });
  };
  const judge = (result: CaptureResult): CaptureResult => {
    const doubt = result.doubt ?? lostOnHit({ ...NO_CHANGES, written: undeclaredIn(execution.outputDir, outputs) });
    return doubt === null ? result : { ...result, doubt };
  };
  execution.capture = (request: CaptureRequest) => {
    prepare();
    return judge(capture(request));
  };
  execution.captureAsync = async (request: CaptureRequest) => {
    prepare();
    return judge(await captureAsync(request));
  };
  return execution;
}

const NO_CHANGES = { deleted: [], changedInputs: [] };

/** What lies in the host directory `dir` and belongs to no output, outermost paths relative to it. */
function undeclaredIn(dir: string, outputs: readonly DeclaredOutput[]): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    if (outputs.some(({ entryName }) => isAtOrBelow(path, entryName))) return;
    if (!outputs.some(({ entryName }) => isAtOrBelow(entryName, path))) found.push(path);
    else for (const name of namesIfAny(join(dir, path))) visit(join(path, name));
  };
  for (const name of namesIfAny(dir)) visit(name);
  return found;
}
