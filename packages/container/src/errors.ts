import { LaunchError, type ErrorCode, type ErrorFacts } from "@runcache/core";

/** Codes of {@link EngineError}. */
export const ENGINE_ERROR_CODES = [
  "ERR_RUNCACHE_ENGINE_NOT_FOUND", // the engine's program is not on this machine
  "ERR_RUNCACHE_ENGINE_UNAVAILABLE", // its daemon does not answer, or refuses this user
  "ERR_RUNCACHE_ENGINE_IMAGE_MISSING", // the image is not on this machine and must not be pulled
  "ERR_RUNCACHE_ENGINE_IMAGE_UNKNOWN", // neither this machine nor the registry can say which image is meant
  "ERR_RUNCACHE_ENGINE_PULL_FAILED",
  "ERR_RUNCACHE_ENGINE_REFUSED", // the engine did not start the container
  "ERR_RUNCACHE_ENGINE_OUTPUT_OWNER", // outputs belong to another user and could not be handed over
  "ERR_RUNCACHE_TOOL_NOT_FOUND", // the image has no such tool
] as const satisfies readonly ErrorCode[];

export type EngineErrorCode = (typeof ENGINE_ERROR_CODES)[number];

/**
 * The engine failed, not the tool: nothing ran, or what ran cannot be used. Nothing of it is kept.
 */
export class EngineError extends LaunchError {
  /** Name of the engine: `docker`, `podman`, `apptainer`. */
  readonly engine: string;

  constructor(code: EngineErrorCode, engine: string, message: string, facts: ErrorFacts = {}, cause?: unknown) {
    super(code, message, { engine, ...facts }, cause);
    this.engine = engine;
  }

  static {
    this.prototype.name = "EngineError";
  }
}
