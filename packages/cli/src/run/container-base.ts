import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { CacheableExecution, CacheableRunner, CaptureRequest, Metadata } from "@runcache/core";
import type { RunPlan } from "./run-plan.js";

type Engine = "docker" | "podman" | "apptainer";

/** A runner of the container engine `engine` for the plan's command. */
export async function containerRunner(
  engine: Engine,
  { settings, context, outputs }: RunPlan,
): Promise<CacheableRunner> {
  const values = settings.env.value.map((name) => [name, context.env[name]] as const);
  const environ = Object.fromEntries(values.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
  const base = await loadRunner(engine, environ);
  const parents = outputs.map(({ entryName }) => dirname(entryName));
  return { startExecution: (metadata) => withDirectories(base.startExecution(metadata), parents) };
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

/** A command that writes `results/x.txt` finds its directory there, as it would in the working directory. */
function withDirectories(
  execution: ReturnType<CapturingRunner["startExecution"]>,
  directories: readonly string[],
): CacheableExecution {
  const capture = execution.capture.bind(execution);
  const captureAsync = execution.captureAsync.bind(execution);
  const make = (): void => {
    for (const directory of directories) mkdirSync(join(execution.outputDir, directory), { recursive: true });
  };
  execution.capture = (request: CaptureRequest) => {
    make();
    return capture(request);
  };
  execution.captureAsync = async (request: CaptureRequest) => {
    make();
    return await captureAsync(request);
  };
  return execution;
}
