import { runUnblocked } from "@runcache/core";
import { unavailable } from "./client-answer.js";
import { EngineClient } from "./engine-client.js";

/** Milliseconds in which an engine that is well has answered. */
const PROBE_TIMEOUT_MS = 10_000;

/**
 * Asks an engine for its version, to find out whether it can be used.
 * @param engine name of the engine
 * @param executable its program
 * @param args make the program print the version, after talking to what runs containers
 * @throws EngineError `ERR_RUNCACHE_ENGINE_NOT_FOUND`, `ERR_RUNCACHE_ENGINE_UNAVAILABLE`
 */
export async function probeEngine(engine: string, executable: string, args: readonly string[]): Promise<string> {
  const client = new EngineClient(engine, executable);
  const answer = await runUnblocked(client.call(args, { timeoutMs: PROBE_TIMEOUT_MS }));
  if (answer.status !== 0) throw unavailable(client, answer);
  return answer.stdout.trim();
}
