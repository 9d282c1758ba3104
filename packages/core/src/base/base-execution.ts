import { join, resolve } from "node:path";
import { parseOutputName } from "../entry/output-name.js";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { heedSignal } from "../platform/heed-signal.js";
import { UsageError } from "../types/errors.js";
import type { JsonValue } from "../types/json.js";
import {
  inputOptions,
  type CacheableExecution,
  type CaptureRequest,
  type CaptureResult,
  type InputOptions,
  type LineHandler,
  type Metadata,
  type RunOptions,
  type RunResult,
} from "../types/runner.js";
import { checkInput } from "./check-input.js";
import { checkArguments, refuseAnnounced } from "./command-args.js";
import type { DataDir } from "./data-dir.js";
import type { ExecutionBackend } from "./execution-backend.js";
import { InputRegistry } from "./input-registry.js";
import { runAlone, runAloneAsync } from "./run-alone.js";
import { stageCopies } from "./stage-copies.js";

/** Inputs may be registered; paths were given out, so they are final; the run has begun. */
type Phase = "open" | "final" | "started";

/**
 * One call of one tool, for every runner of ours: keeps the order of calls, checks inputs and names,
 * stages mutable copies, delivers streams and makes errors. What differs between runners is its backend.
 */
export class BaseExecution implements CacheableExecution {
  readonly #backend: ExecutionBackend;
  readonly #dataDir: DataDir;
  readonly #inputs = new InputRegistry();
  readonly #name: string;
  #outputDir: string | undefined;
  #phase: Phase = "open";
  #announced = false;

  constructor(metadata: Metadata, backend: ExecutionBackend, dataDir: DataDir) {
    this.#backend = backend;
    this.#dataDir = dataDir;
    this.#name = metadata.name;
  }

  /** Host path of the directory that the tool's outputs land in; made at the run. */
  get outputDir(): string {
    this.#outputDir ??= this.#dataDir.next(this.#name);
    return this.#outputDir;
  }

  /** @throws UsageError `ERR_RUNCACHE_ORDER` once the run has begun */
  set outputDir(dir: string) {
    if (this.#phase === "started") throw orderError("outputDir was set after run: set it before");
    this.#outputDir = resolve(dir);
  }

  /**
   * Registers an input. Returns the path that the tool will see.
   * @throws UsageError `ERR_RUNCACHE_ORDER` once outputs were asked for, `ERR_RUNCACHE_INPUT_PATH`;
   * InputError `ERR_RUNCACHE_INPUT_MISSING`, `ERR_RUNCACHE_INPUT_KIND`, `ERR_RUNCACHE_INPUT_UNREADABLE`
   */
  inputFile(hostFile: string, resolveParent?: boolean | InputOptions, mutable?: boolean): string {
    if (this.#phase !== "open") {
      throw orderError(
        `input ${JSON.stringify(hostFile)} was registered after outputFile, mutableCopy or run: register every input first`,
      );
    }
    const input = this.#inputs.add(hostFile, inputOptions(resolveParent, mutable));
    return input.copyName === null ? this.#backend.inputPath(input) : this.#backend.copyPath(input.copyName);
  }

  /** @throws UsageError `ERR_RUNCACHE_ORDER` once the run has begun */
  params<T extends object>(params: T): T {
    if (this.#phase === "started") throw orderError("params was called after run: call it first");
    return params;
  }

  /**
   * Host path that the output has after the run.
   * @throws UsageError `ERR_RUNCACHE_OUTPUT_NAME`, `ERR_RUNCACHE_ORDER`
   */
  outputFile(localFile: string, optional?: boolean): string;
  outputFile(localFile: string): string {
    const name = parseOutputName(localFile);
    if (this.#phase === "started") {
      throw orderError(`output ${JSON.stringify(localFile)} was asked for after run: ask for every output first`);
    }
    this.#phase = "final";
    this.#announced = true;
    return join(this.outputDir, name);
  }

  /**
   * Host path that the copy of the mutable input `hostFile` has after the run.
   * @throws UsageError `ERR_RUNCACHE_NOT_MUTABLE` where no such input was registered
   */
  mutableCopy(hostFile: string): string {
    const name = this.#inputs.copyOf(hostFile);
    if (this.#phase === "open") this.#phase = "final";
    return join(this.outputDir, name);
  }

  image(): string | null {
    return this.#backend.image();
  }

  fingerprint(): JsonValue {
    return this.#backend.fingerprint();
  }

  guards(cargs: readonly string[]): JsonValue {
    return this.#backend.guards(cargs, this.outputDir);
  }

  envNames(): readonly string[] {
    return this.#backend.envNames();
  }

  /**
   * Runs the tool and blocks until it ended; then the handlers receive its lines.
   * @throws ToolError where it failed; LaunchError, UsageError, InputError; what a handler throws
   */
  run(cargs: string[], handleStdout?: LineHandler, handleStderr?: LineHandler): void {
    this.#start(cargs);
    const run = { cargs, outputDir: this.outputDir, onStdout: handleStdout, onStderr: handleStderr };
    runAlone(run, (streams) => runBlocking(this.#capture({ cargs, stdin: null, ...streams })));
  }

  /**
   * Runs the tool without blocking; handlers receive its lines as they come.
   * @throws as `run`; the signal's reason
   */
  async runAsync(cargs: string[], options: RunOptions = {}): Promise<RunResult> {
    const { stdin, signal, onStdout, onStderr } = options;
    heedSignal(signal);
    if (stdin !== undefined) checkInput(stdin, false);
    this.#start(cargs);
    const shared = {
      cargs,
      stdin: stdin === undefined ? null : resolve(stdin),
      ...(signal === undefined ? {} : { signal }),
    };
    const { durationMs } = await runAloneAsync({ cargs, outputDir: this.outputDir, onStdout, onStderr }, (streams) =>
      runUnblocked(this.#capture({ ...shared, ...streams })),
    );
    return { exitCode: 0, durationMs };
  }

  capture(request: CaptureRequest): CaptureResult {
    this.#start(request.cargs);
    return runBlocking(this.#capture(request));
  }

  async captureAsync(request: CaptureRequest): Promise<CaptureResult> {
    heedSignal(request.signal);
    this.#start(request.cargs);
    return await runUnblocked(this.#capture(request));
  }

  #start(cargs: readonly string[]): void {
    if (this.#phase === "started") throw orderError("run was called twice: start another execution for another run");
    checkArguments(cargs);
    if (this.#announced) refuseAnnounced(cargs, this.outputDir);
    this.#phase = "started";
    this.#dataDir.make(this.outputDir);
  }

  *#capture(request: CaptureRequest): Flow<CaptureResult> {
    const outputDir = this.outputDir;
    yield* stageCopies(this.#inputs.copies, outputDir);
    return yield* this.#backend.run({ ...request, outputDir });
  }
}

function orderError(message: string): UsageError {
  return new UsageError("ERR_RUNCACHE_ORDER", message);
}
