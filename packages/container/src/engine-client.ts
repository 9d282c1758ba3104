import { execFile, spawnSync } from "node:child_process";
import { hasCode, perform, type Flow } from "@runcache/core";
import type { ClientAnswer } from "./client-answer.js";
import { EngineError } from "./errors.js";

/** Milliseconds that a question may take; a daemon that hangs answers none. */
const QUESTION_TIMEOUT_MS = 120_000;

/** Bytes of an answer; manifests of many platforms are large. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Options of a call. */
export interface CallOptions {
  /** Milliseconds; 0 for no limit. @default 120000 */
  readonly timeoutMs?: number;
  /** Ends the client, where the call does not block; the call then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** The program by which an engine is talked to. */
export class EngineClient {
  /** Name of the engine, for messages. */
  readonly engine: string;
  /** Path of the program, or its name on PATH. */
  readonly executable: string;

  constructor(engine: string, executable: string) {
    this.engine = engine;
    this.executable = executable;
  }

  /**
   * What the client answers to `args`; an exit code other than 0 is an answer.
   * @throws EngineError where the program is missing, or does not answer in time
   */
  *call(args: readonly string[], options: CallOptions = {}): Flow<ClientAnswer> {
    return yield* perform({ sync: () => this.callSync(args, options), async: () => this.#callAsync(args, options) });
  }

  /** `call`, blocking. */
  callSync(args: readonly string[], { timeoutMs = QUESTION_TIMEOUT_MS }: CallOptions = {}): ClientAnswer {
    const result = spawnSync(this.executable, args, {
      encoding: "utf8",
      maxBuffer: MAX_ANSWER_BYTES,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    if (result.error !== undefined) throw this.#failure(args, result.error);
    const { status, stdout, stderr } = result;
    return { status: status ?? 1, stdout, stderr };
  }

  #callAsync(args: readonly string[], options: CallOptions): Promise<ClientAnswer> {
    const { timeoutMs = QUESTION_TIMEOUT_MS, signal } = options;
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settings = { encoding: "utf8", maxBuffer: MAX_ANSWER_BYTES, timeout: timeoutMs, signal } as const;
      const child = execFile(this.executable, args, settings, (error, stdout, stderr) => {
        if (error === null) resolve({ status: 0, stdout, stderr });
        else if (typeof error.code === "number") resolve({ status: error.code, stdout, stderr });
        else reject(signal?.aborted === true ? signal.reason : this.#failure(args, error));
      });
      child.stdin?.end();
    });
  }

  #failure(args: readonly string[], error: Error): EngineError {
    const { engine, executable } = this;
    const command = [executable, ...args].join(" ");
    if (hasCode(error, "ENOENT", "EACCES")) {
      return new EngineError(
        "ERR_RUNCACHE_ENGINE_NOT_FOUND",
        engine,
        `${engine} cannot be started: there is no executable ${JSON.stringify(executable)} on PATH; install ${engine}, or name its program in ${engine}Executable`,
        { executable },
        error,
      );
    }
    return new EngineError(
      "ERR_RUNCACHE_ENGINE_UNAVAILABLE",
      engine,
      `${engine} did not answer to '${command}': ${error.message}; see whether it is well and try again`,
      { command },
      error,
    );
  }
}
