import type { Flow } from "@runcache/core";
import type { ContainerContext } from "./container-context.js";
import type { ContainerRun } from "./engine.js";
import { EngineError } from "./errors.js";
import { ANOTHER_IMAGE } from "./image-errors.js";
import { quietRun } from "./quiet-run.js";
import { PROBE_TOOL_MISSING, probeScript } from "./run-script.js";

/** A run that ended with an exit code which may be the engine's own. */
export interface Suspect {
  readonly run: ContainerRun;
  readonly cargs: readonly string[];
  /** The image's name, for messages. */
  readonly imageName: string;
  readonly exitCode: number;
  /** Host path of the output directory. */
  readonly outputDir: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Tells whose exit code it was. Nothing but the code comes out of a container, so the same container is
 * started once more, only to ask whether the tool is there: if that works, the code was the tool's.
 * @throws EngineError `ERR_RUNCACHE_TOOL_NOT_FOUND` where the image has no such tool;
 * `ERR_RUNCACHE_ENGINE_REFUSED` where the engine does not start the container; the signal's reason
 */
export function* diagnose(context: ContainerContext, suspect: Suspect): Flow<void> {
  const { engine, environ } = context;
  const { run, cargs, imageName, exitCode, outputDir, signal } = suspect;
  const script = probeScript(cargs, environ, engine.prelude);
  const container = { ...run, name: `${run.name}-probe`, script, interactive: false };
  const probe = yield* quietRun(context, container, outputDir, signal);
  const tool = cargs[0] ?? "";
  if (probe.exitCode === 0) return;
  if (probe.exitCode === PROBE_TOOL_MISSING) {
    throw new EngineError(
      "ERR_RUNCACHE_TOOL_NOT_FOUND",
      engine.name,
      `image ${imageName} has no executable ${JSON.stringify(tool)} on its PATH: look whether it is the image that the tool is in, or ${ANOTHER_IMAGE}`,
      { exitCode, image: imageName, tool },
    );
  }
  throw new EngineError(
    "ERR_RUNCACHE_ENGINE_REFUSED",
    engine.name,
    [
      `${engine.name} did not start a container of image ${imageName} (exit code ${exitCode})${hint(exitCode)}:`,
      ...probe.stderrTail,
    ].join("\n"),
    { exitCode, image: imageName, stderrTail: probe.stderrTail },
  );
}

/** Where the engine itself did its work, it is the image that cannot be used. */
function hint(exitCode: number): string {
  const engineItself = exitCode === 125 || exitCode === 255;
  return engineItself
    ? "; look at its own words, and at extra arguments"
    : "; the image needs a shell, sh, on its PATH";
}
