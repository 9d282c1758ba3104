import { debugLog, nearestName, RuncacheError, UsageError, type CacheableRunner, type Launcher } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

/** What `autoRunner` may choose, in the order in which it asks. */
export const AUTO_RUNNERS = ["docker", "podman", "apptainer", "local"] as const;
export type AutoRunnerName = (typeof AUTO_RUNNERS)[number];

/** Options of `autoRunner`: what every runner understands. */
export interface AutoRunnerOptions {
  /** Engines to ask, in their order; the last resort, local, is always there. @default all */
  readonly engines?: readonly AutoRunnerName[];
  /** Tag that a wrapper names → image to run instead. @default {} */
  readonly imageOverrides?: Readonly<Record<string, string>>;
  /** Host path under which executions without a cache get a directory. */
  readonly dataDir?: string;
  /** Variables of tools, on top of what they have anyway: those of the image, or PATH alone without one. @default {} */
  readonly environ?: Readonly<Record<string, string>>;
  /** Starts the command lines. @default processes of this machine */
  readonly launcher?: Launcher;
}

/** A runner, and why it is this one. */
export interface ChosenRunner {
  readonly name: AutoRunnerName;
  readonly runner: CacheableRunner;
  /** Why those before it were not taken. */
  readonly passedOver: readonly { readonly name: AutoRunnerName; readonly reason: string }[];
}

/**
 * The runner of the first engine that answers: docker, podman, apptainer; where none does, tools run as
 * plain processes. What was chosen and why is said on `debug` (`runcache:auto`).
 * @throws UsageError `ERR_RUNCACHE_AUTO_ENGINES` on engines that are none; what the runner's options lead to
 */
export async function autoRunner(options: AutoRunnerOptions = {}): Promise<CacheableRunner> {
  return (await chooseRunner(options)).runner;
}

/** `autoRunner`, with the reasons. */
export async function chooseRunner(options: AutoRunnerOptions = {}): Promise<ChosenRunner> {
  const { engines = AUTO_RUNNERS, ...shared } = options;
  checkEngines(engines);
  const passedOver: { name: AutoRunnerName; reason: string }[] = [];
  for (const name of engines) {
    try {
      const { version, runner } = await CANDIDATES[name](shared);
      debugLog("auto", "chose %s %s; passed over %o", name, version, passedOver);
      return { name, runner, passedOver };
    } catch (error) {
      if (!(error instanceof RuncacheError) || !error.code.startsWith("ERR_RUNCACHE_ENGINE_")) throw error;
      passedOver.push({ name, reason: error.message });
    }
  }
  debugLog("auto", "chose local; passed over %o", passedOver);
  const { runner } = await CANDIDATES.local(shared);
  return { name: "local", runner, passedOver };
}

function checkEngines(engines: unknown): void {
  if (!Array.isArray(engines)) throw enginesError("engines as", engines, 'give an array: ["docker", "local"]');
  for (const name of engines as readonly unknown[]) {
    if ((AUTO_RUNNERS as readonly unknown[]).includes(name)) continue;
    const near = typeof name === "string" ? nearestName(name, AUTO_RUNNERS) : undefined;
    throw enginesError(
      "the engine",
      name,
      near === undefined ? `known are ${AUTO_RUNNERS.join(", ")}` : `did you mean ${near}?`,
    );
  }
}

function enginesError(what: string, given: unknown, hint: string): UsageError {
  const shown = typeof given === "string" ? JSON.stringify(given) : String(given);
  const message = `autoRunner cannot take ${what} ${shown}; ${hint}`;
  return new UsageError("ERR_RUNCACHE_AUTO_ENGINES", message, { engines: given });
}

type Shared = Omit<AutoRunnerOptions, "engines">;

interface Candidate {
  readonly version: string;
  readonly runner: CacheableRunner;
}

/** Each loads its engine, asks it, and throws its EngineError where it does not answer. */
const CANDIDATES: Readonly<Record<AutoRunnerName, (options: Shared) => Promise<Candidate>>> = {
  docker: async (options) => {
    const { DockerRunner, probeDocker } = await import("@runcache/docker");
    return { version: await probeDocker(), runner: new DockerRunner(options) };
  },
  podman: async (options) => {
    const { PodmanRunner, probePodman } = await import("@runcache/podman");
    return { version: await probePodman(), runner: new PodmanRunner(options) };
  },
  apptainer: async (options) => {
    const { ApptainerRunner, probeApptainer } = await import("@runcache/apptainer");
    return { version: await probeApptainer(), runner: new ApptainerRunner(options) };
  },
  local: ({ imageOverrides: _images, environ, ...options }) => {
    const explicit = environ === undefined ? {} : { environ: { PATH: process.env["PATH"] ?? "", ...environ } };
    return Promise.resolve({ version: process.platform, runner: new LocalRunner({ ...options, ...explicit }) });
  },
};
