import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkInput } from "../base/check-input.js";
import { FUNCTION_RUNNER } from "../key/key-parts.js";
import { jcs } from "../hashing/canonical.js";
import { randomName } from "../platform/random-name.js";
import { writeAll } from "../streams/descriptor-bytes.js";
import { UsageError } from "../types/errors.js";
import type { JsonValue } from "../types/json.js";
import type { CacheableExecution, CaptureRequest, CaptureResult } from "../types/runner.js";

/** What a function is given by its execution. */
export interface FunctionCall {
  /** Host path. */
  readonly outputDir: string;
  readonly signal: AbortSignal | undefined;
  /** Writes a line that is kept with the entry, as a tool's standard error is. */
  readonly log: (line: string) => void;
}

/**
 * A function as a tool: the base of the same protocol as a process. What it returns is its standard
 * output, as JSON; what it logs its standard error.
 */
export class FunctionExecution implements CacheableExecution {
  readonly streams = "bytes";
  readonly #fn: (call: FunctionCall) => unknown;
  readonly #ownDir: () => string;
  #outputDir: string | undefined;
  /** Whether the one who set the directory made it. */
  #isMade = false;

  /** @param ownDir says where outputs go, a host path, where nobody sets another directory */
  constructor(fn: (call: FunctionCall) => unknown, ownDir = temporaryDir) {
    this.#fn = fn;
    this.#ownDir = ownDir;
  }

  /** Host path. */
  get outputDir(): string {
    return (this.#outputDir ??= this.#ownDir());
  }

  set outputDir(dir: string) {
    this.#outputDir = dir;
    this.#isMade = true;
  }

  inputFile(hostFile: string): string {
    return checkInput(hostFile, false).hostPath;
  }

  outputFile(localFile: string): string {
    return join(this.outputDir, localFile);
  }

  params<T extends object>(params: T): T {
    return params;
  }

  run(): never {
    throw new UsageError("ERR_RUNCACHE_ORDER", "a function runs asynchronously: call compute");
  }

  fingerprint(): JsonValue {
    return FUNCTION_RUNNER;
  }

  async captureAsync(request: CaptureRequest): Promise<CaptureResult> {
    const { signal } = request;
    const start = performance.now();
    if (!this.#isMade) mkdirSync(this.outputDir, { recursive: true });
    let hasEnded = false;
    const log = (line: string): void => {
      if (!hasEnded) writeText(request, "stderr", `${line}\n`); // later, its descriptor may be another file's
    };
    let value: unknown;
    try {
      value = await this.#fn({ outputDir: this.outputDir, signal, log });
    } finally {
      hasEnded = true;
    }
    signal?.throwIfAborted();
    if (value !== undefined) writeText(request, "stdout", jcs(value as JsonValue, "result"));
    return { exitCode: 0, signal: null, durationMs: performance.now() - start, usage: null };
  }
}

function temporaryDir(): string {
  return join(tmpdir(), `runcache-${randomName()}`);
}

function writeText(request: CaptureRequest, stream: "stdout" | "stderr", text: string): void {
  const bytes = Buffer.from(text, "utf8");
  if (request.write !== undefined) request.write(stream, bytes);
  else writeAll(request[`${stream}Fd`], bytes);
}
