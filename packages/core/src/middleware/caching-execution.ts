import { join, relative, resolve } from "node:path";
import { checkStrings } from "../base/command-args.js";
import { parseOutputName } from "../entry/output-name.js";
import { checkParams } from "../key/check-params.js";
import { LineSink } from "../streams/line-sink.js";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { heedSignal } from "../platform/heed-signal.js";
import { UsageError } from "../types/errors.js";
import {
  inputOptions,
  type CacheableExecution,
  type Execution,
  type InputOptions,
  type LineHandler,
  type Metadata,
  type RunOptions,
  type RunResult,
} from "../types/runner.js";
import type { CacheContext } from "./cache-context.js";
import { execIo } from "./exec-io.js";
import type { ExecIo, ExecOptions, Explanation } from "./exec.js";
import { explainCall } from "./explain-call.js";
import { References } from "./references.js";
import type { RegisteredInput } from "./registered-input.js";
import { discardPlace, seal, type SealedCall } from "./seal.js";
import { serve, type ServedRun, type ServeExecution, type ServeRequest } from "./serve.js";

/**
 * One call of one tool through the cache. Collects what the call is until the first `outputFile` (or
 * `mutableCopy`, or `run`), which makes the key final and looks it up; `run` then replays the entry or
 * runs the base and commits.
 */
export class CachingExecution implements Execution {
  readonly #context: CacheContext;
  readonly #base: CacheableExecution;
  readonly #metadata: Metadata;
  readonly #inputs: RegisteredInput[] = [];
  /** Names given to `outputFile` → whether the output is optional. */
  readonly #names = new Map<string, boolean>();
  #params: object = {};
  #sealed: SealedCall | undefined;
  #started = false;
  #status: ServedRun["status"] | undefined;
  /** Whether the caller was given paths inside the entry. */
  #announced = false;

  constructor(context: CacheContext, base: CacheableExecution, metadata: Metadata) {
    this.#context = context;
    this.#base = base;
    this.#metadata = metadata;
  }

  /** @throws UsageError `ERR_RUNCACHE_ORDER` once the key is final; InputError as the base does. */
  inputFile(hostFile: string, resolveParent?: boolean | InputOptions, mutable?: boolean): string {
    if (this.#sealed !== undefined) {
      throw orderError(
        `input ${JSON.stringify(hostFile)} was registered after the key became final (at the first outputFile, mutableCopy or run): register every input first`,
      );
    }
    const asked = inputOptions(resolveParent, mutable);
    // The parent of a copy is the output directory: the siblings of its source are none of the tool's.
    const options = { ...asked, resolveParent: asked.resolveParent && !asked.mutable };
    const toolPath = this.#base.inputFile(hostFile, options.resolveParent, options.mutable);
    this.#inputs.push({ given: hostFile, hostPath: resolve(hostFile), toolPath, ...options });
    return toolPath;
  }

  /** @throws UsageError `ERR_RUNCACHE_PARAMS` on what is no object, `ERR_RUNCACHE_ORDER` once the key is final */
  params<T extends object>(params: T): T {
    if (this.#sealed !== undefined) throw orderError("params was called after the key became final: call it first");
    checkParams(params);
    const accepted = this.#base.params(params);
    this.#params = accepted;
    return accepted;
  }

  /**
   * Host path, inside the cache, that the output has after the run.
   * @throws UsageError `ERR_RUNCACHE_OUTPUT_NAME` on a name that leaves the output directory
   */
  outputFile(localFile: string, optional = false): string {
    const name = parseOutputName(localFile);
    if (this.#started) {
      throw orderError(`output ${JSON.stringify(localFile)} was asked for after run: ask for every output first`);
    }
    const { announcedDir } = this.#seal(true);
    this.#want(name, optional);
    this.#announced = true;
    // `join` tidies a path up, which a name without slashes and dots in front does not need.
    return name.includes("/") || name.startsWith(".") ? join(announcedDir, name) : `${announcedDir}/${name}`;
  }

  /**
   * Host path, inside the cache, that the copy of a mutable input has after the run.
   * @throws UsageError `ERR_RUNCACHE_NOT_MUTABLE` where no such input was registered
   */
  mutableCopy(hostFile: string): string {
    const known = this.#inputs.some(({ given, mutable }) => mutable && given === hostFile);
    if (!known || this.#base.mutableCopy === undefined) {
      throw new UsageError(
        "ERR_RUNCACHE_NOT_MUTABLE",
        `${JSON.stringify(hostFile)} is not a mutable input of this call: register it with inputFile(path, false, true) first`,
        { path: hostFile },
      );
    }
    const name = relative(this.#base.outputDir, this.#base.mutableCopy(hostFile));
    this.#announced = true;
    return join(this.#seal(true).announcedDir, name);
  }

  /** Replays the entry, or runs the tool. Blocks. */
  run(cargs: string[], handleStdout?: LineHandler, handleStderr?: LineHandler): void {
    const lines = new LineSink(handleStdout, handleStderr);
    this.serve(
      { cargs, stdin: null, sink: lines, okExitCodes: [0], signal: undefined, keptStreamBytes: 0 },
      runBlocking,
    );
  }

  /** Replays the entry, or runs the tool, without blocking. */
  async runAsync(cargs: string[], options: RunOptions = {}): Promise<RunResult> {
    const { stdin, signal, onStdout, onStderr } = options;
    heedSignal(signal);
    const input = stdin === undefined ? null : this.#stdinInput(stdin);
    const sink = new LineSink(onStdout, onStderr);
    const request = { cargs, stdin: input, sink, okExitCodes: [0], signal, keptStreamBytes: 0 };
    const run = await this.serve(request, runUnblocked);
    return { exitCode: run.exitCode, durationMs: run.durationMs, status: run.status };
  }

  /** How `exec` registers inputs and outputs. */
  readonly io: ExecIo = execIo(
    (path, options) => this.inputFile(path, options),
    (name, optional) => this.#want(name, optional),
  );

  /**
   * Makes the key final over a command line and its parameters, as `exec` does. Returns the host path
   * that standard input reads, or null.
   */
  *sealCommand(cargs: readonly string[], { params = {}, stdin }: ExecOptions): Flow<string | null> {
    checkParams(params);
    const stdinPath = stdin === undefined ? null : this.#stdinInput(stdin);
    const references = new References(this.#inputs);
    const label = `${this.#metadata.package}/${this.#metadata.name}`;
    this.#params = {
      argv: cargs.map((argument) => references.split(argument)),
      params: this.#context.policy.withoutIgnoredParams(label, params),
      ...(stdin === undefined ? {} : { stdin }),
    };
    this.#sealed = yield* this.#sealing();
    return stdinPath;
  }

  /** What `serve` would do with the same request, and why. */
  explain(request: ServeRequest): Explanation {
    const sealed = this.#seal();
    discardPlace(sealed);
    return explainCall(this.#context, sealed, this.#target(), request);
  }

  /** One protocol for `run`, `runAsync` and `exec`; `drive` decides whether it blocks. */
  serve<R>(request: ServeRequest, drive: (flow: Flow<ServedRun>) => R): R {
    if (this.#started) throw orderError("run was called twice: start another execution for another run");
    const sealed = this.#seal();
    this.#started = true;
    return drive(this.#serving(sealed, request));
  }

  /** Whether the cache had the result; undefined until the run has ended. */
  get status(): ServedRun["status"] | undefined {
    return this.#status;
  }

  *#serving(sealed: SealedCall, request: ServeRequest): Flow<ServedRun> {
    try {
      checkStrings(request.cargs);
      this.#refuseAnnounced(request.cargs, sealed.announcedDir);
      const served = yield* serve(this.#context, sealed, this.#target(), request);
      this.#status = served.status;
      return served;
    } catch (error) {
      discardPlace(sealed); // of what was refused before it began
      throw error;
    }
  }

  #target(): ServeExecution {
    return { base: this.#base, metadata: this.#metadata, names: this.#names, announced: this.#announced };
  }

  /** An output that was asked for twice is required where either call says so. */
  #want(name: string, optional: boolean): void {
    this.#names.set(name, optional && (this.#names.get(name) ?? true));
  }

  /** Registers the file for standard input, unless it is an input already; it is in the key like any other. */
  #stdinInput(stdin: string): string {
    if (this.#inputs.some(({ hostPath }) => hostPath === resolve(stdin))) return resolve(stdin);
    this.inputFile(stdin);
    return resolve(stdin);
  }

  #seal(announces = false): SealedCall {
    this.#sealed ??= runBlocking(this.#sealing(announces));
    return this.#sealed;
  }

  #sealing(announces = false): Flow<SealedCall> {
    return seal(this.#context, {
      base: this.#base,
      metadata: this.#metadata,
      inputs: this.#inputs,
      params: this.#params,
      announces,
    });
  }

  /** The tool writes where it stands: the announced place does not exist while it runs. */
  #refuseAnnounced(cargs: readonly string[], announcedDir: string): void {
    const culprit = cargs.find((argument) => argument.includes(announcedDir));
    if (culprit === undefined) return;
    throw new UsageError(
      "ERR_RUNCACHE_ANNOUNCED_ARGUMENT",
      `argument ${JSON.stringify(culprit)} holds a path that outputFile announced; that place is filled only after the run: pass the output's name relative to the tool's working directory`,
      { argument: culprit },
    );
  }
}

function orderError(message: string): UsageError {
  return new UsageError("ERR_RUNCACHE_ORDER", message);
}
