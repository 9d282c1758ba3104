import { fstatSync } from "node:fs";
import { join } from "node:path";
import {
  perform,
  runBlocking,
  runUnblocked,
  writerOf,
  type CacheableExecution,
  type CacheableRunner,
  type CaptureRequest,
  type CaptureResult,
  type Flow,
  type InputOptions,
  type JsonValue,
  type LineHandler,
  type Metadata,
} from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { collectOutputs, stampOutputs, type Doubt } from "./collect-outputs.js";
import { detachOutputs } from "./detach-outputs.js";
import type { DeclaredOutput } from "./declared-outputs.js";
import { stampPaths } from "./path-stamps.js";
import { NamedWatch } from "./named-watch.js";
import { lostOnHit, undeclaredWrite } from "./undeclared-write.js";

/** One command in the user's working directory. */
export interface InPlaceCommand {
  /** Absolute host path. */
  readonly cwd: string;
  readonly command: readonly string[];
  readonly outputs: readonly DeclaredOutput[];
  readonly okExitCodes: readonly number[];
  /** Absolute host path. */
  readonly cacheDir: string;
  /** Absolute host paths of the inputs that were inferred from arguments. */
  readonly inferred: ReadonlySet<string>;
  /** Absolute host paths at and below which anything may change: outputs, declared inputs, the cache. */
  readonly mayChange: readonly string[];
  /** Whether what changes elsewhere in the working directory speaks against the result. */
  readonly strict: boolean;
  /** Whether directories that arguments name are looked into for what the run wrote. */
  readonly looksInside: boolean;
}

/**
 * Runs a command where the user stands, and copies what it wrote at its declared outputs into the
 * directory that is to become the entry.
 */
export class InPlaceRunner implements CacheableRunner {
  readonly #command: InPlaceCommand;

  constructor(command: InPlaceCommand) {
    this.#command = command;
  }

  startExecution(metadata: Metadata): CacheableExecution {
    return new InPlaceExecution(metadata, this.#command);
  }
}

class InPlaceExecution implements CacheableExecution {
  readonly #command: InPlaceCommand;
  readonly #local: ReturnType<LocalRunner["startExecution"]>;
  #inputs = 0;
  /** The working directory itself, until a cache says where a copy of the outputs is to go. */
  outputDir: string;

  constructor(metadata: Metadata, command: InPlaceCommand) {
    this.#command = command;
    this.#local = new LocalRunner().startExecution(metadata);
    this.#local.outputDir = command.cwd;
    this.outputDir = command.cwd;
  }

  /**
   * Registers an input for the key. The command sees it where it lies, under the name that the user
   * wrote, so what is returned stands for no argument: none can hold a NUL.
   */
  inputFile(hostFile: string, resolveParent?: boolean | InputOptions, mutable?: boolean): string {
    this.#local.inputFile(hostFile, resolveParent, mutable);
    return `\0${this.#inputs++}`;
  }

  outputFile(localFile: string): string {
    return join(this.outputDir, localFile);
  }

  params<T extends object>(params: T): T {
    return params;
  }

  /** What the command's program is, by content. */
  fingerprint(): JsonValue {
    return { program: this.#local.guards(this.#command.command) };
  }

  envNames(): readonly string[] {
    return this.#local.envNames();
  }

  run(cargs: string[], handleStdout?: LineHandler, handleStderr?: LineHandler): void {
    this.#local.run(cargs, handleStdout, handleStderr);
  }

  capture(request: CaptureRequest): CaptureResult {
    return runBlocking(this.#capture(request));
  }

  async captureAsync(request: CaptureRequest): Promise<CaptureResult> {
    return await runUnblocked(this.#capture(request));
  }

  *#capture(request: CaptureRequest): Flow<CaptureResult> {
    const { cwd, outputs, okExitCodes, mayChange, strict, ...command } = this.#command;
    const isKept = this.outputDir !== cwd;
    detachOutputs(outputs, command.cacheDir);
    const before = stampOutputs(isKept ? outputs : []);
    const others = strict ? stampPaths([cwd], mayChange) : null;
    const named = isKept ? new NamedWatch({ ...command, cwd, except: mayChange }) : null;
    const result = yield* perform({
      sync: () => this.#local.capture(request),
      async: () => this.#local.captureAsync(request),
    });
    if (named === null || result.exitCode === null || !okExitCodes.includes(result.exitCode)) return result;
    if (result.doubt !== undefined || result.unwritten !== undefined) return result;
    const spoke = fstatSync(request.stdoutFd).size > 0;
    const doubt: Doubt | null =
      lostOnHit(named.changes({ spoke })) ??
      (others === null ? null : undeclaredWrite(others, stampPaths([cwd], mayChange), { cwd, mayChange })) ??
      stillWritten(outputs, result) ??
      (yield* collectOutputs(outputs, before, this.outputDir));
    return doubt === null ? result : { ...result, doubt };
  }
}

/** A process that got away from the command may not have finished what is to be copied. */
function stillWritten(outputs: readonly DeclaredOutput[], { pid }: CaptureResult): Doubt | null {
  const paths = outputs.map(({ hostPath }) => hostPath);
  const writing = pid === undefined ? null : writerOf(paths, pid);
  return writing === null ? null : { reason: "left-running", detail: `the command ended while ${writing}` };
}
