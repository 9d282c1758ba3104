import { perform, runBlocking, runUnblocked, warnOnce, type Flow } from "@runcache/core";
import type { ContainerEngine } from "./engine.js";
import { EngineError } from "./errors.js";

/** Engines that this process has tidied up after others. */
const reaped = new Set<string>();

/**
 * At the first run of this process on an engine, ends what processes that are gone left running there; in
 * the background where the caller does not block. Trouble with that fails no run.
 */
export function* reapOnce(engine: ContainerEngine): Flow<void> {
  if (reaped.has(engine.name)) return;
  reaped.add(engine.name);
  yield* perform({
    sync: () => {
      try {
        runBlocking(engine.reap());
      } catch (error) {
        report(engine, error);
      }
    },
    async: () => {
      runUnblocked(engine.reap()).catch((error: unknown) => report(engine, error));
      return Promise.resolve();
    },
  });
}

function report({ name }: ContainerEngine, error: unknown): void {
  if (!(error instanceof EngineError)) throw error;
  warnOnce(
    "RUNCACHE_REAPER",
    name,
    `containers that earlier runs left in ${name} were not looked for: ${error.message}`,
  );
}
