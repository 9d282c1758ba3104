import type { EngineClient } from "./engine-client.js";
import { EngineError } from "./errors.js";

/** How one call of an engine's client ended. */
export interface ClientAnswer {
  /** Exit code. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The last line that a client wrote on standard error, where it says what went wrong. */
export function lastWords({ stderr }: Pick<ClientAnswer, "stderr">): string {
  return stderr.trim().split("\n").at(-1)?.trim() ?? "";
}

/**
 * What the client printed, read as JSON.
 * @throws EngineError `ERR_RUNCACHE_ENGINE_UNAVAILABLE` where it is none
 */
export function parseAnswer({ engine, executable }: EngineClient, { stdout }: ClientAnswer): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new EngineError(
      "ERR_RUNCACHE_ENGINE_UNAVAILABLE",
      engine,
      `${executable} did not answer in JSON (it began ${JSON.stringify(stdout.slice(0, 80))}): is it really ${engine}?`,
      {},
      error,
    );
  }
}

/** The engine's client failed, and not because an image is missing. */
export function unavailable({ engine, executable }: EngineClient, answer: ClientAnswer): EngineError {
  return new EngineError(
    "ERR_RUNCACHE_ENGINE_UNAVAILABLE",
    engine,
    `${engine} does not answer: ${lastWords(answer)}; see whether '${executable} info' works for this user`,
    { stderr: answer.stderr },
  );
}
