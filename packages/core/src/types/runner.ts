import type { NotStoredReason } from "./event.js";
import type { JsonValue } from "./json.js";
import type { LaunchResult } from "./launcher.js";

/** What names a tool. Structurally that of Styx wrappers. */
export interface Metadata {
  /** Version of the wrapper: another id is another tool. */
  readonly id: string;
  readonly name: string;
  readonly package: string;
  readonly citations?: string[];
  readonly container_image_tag?: string;
}

/** Makes executions. */
export interface Runner {
  startExecution(metadata: Metadata): Execution;
}

/** Second argument of `inputFile` as published wrappers pass it. */
export interface InputOptions {
  readonly resolveParent?: boolean;
  readonly mutable?: boolean;
}

/** Receives one line, without its line feed. */
export type LineHandler = (line: string) => void;

/**
 * One call of one tool, in this order and never awaited: `params`, `inputFile`*, `outputFile`*, `run`.
 * Structurally the TypeScript contract of Styx wrappers.
 */
export interface Execution {
  /**
   * Registers an input. Returns the path that the tool will see.
   * @param hostFile host path of a file or directory
   * @param resolveParent the tool may use siblings too; an options object is accepted in this place
   * @param mutable the tool changes the file: it gets a copy in the output directory
   */
  inputFile(hostFile: string, resolveParent?: boolean | InputOptions, mutable?: boolean): string;
  /** Host path that the output `localFile` (relative to the output directory) has after the run. */
  outputFile(localFile: string, optional?: boolean): string;
  /** Host path that the copy of the mutable input `hostFile` has after the run. */
  mutableCopy?(hostFile: string): string;
  /** Registers the parameters; returns what the wrapper shall use instead. */
  params<T extends object>(params: T): T;
  /** Runs the tool and blocks until it ended. Handlers receive whole lines. */
  run(cargs: string[], handleStdout?: LineHandler, handleStderr?: LineHandler): void;
}

/** Options of `runAsync`. */
export interface RunOptions {
  /** Receives lines of standard output while the tool runs. */
  readonly onStdout?: LineHandler;
  /** Receives lines of standard error while the tool runs. */
  readonly onStderr?: LineHandler;
  /** Host path of a file that standard input reads; absent: no input. */
  readonly stdin?: string;
  /** Ends the tool; `runAsync` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** How a run ended. */
export interface RunResult {
  readonly exitCode: number;
  /** Milliseconds that the tool ran; for a hit, that it ran when the entry was made. */
  readonly durationMs: number;
  /** Whether the tool ran now; absent on a base, which always runs it. */
  readonly status?: "hit" | "miss";
}

/** How a captured run ended. */
export interface CaptureResult extends LaunchResult {
  /** Why this result must not be cached although the tool succeeded: another image ran, say. */
  readonly doubt?: { readonly reason: NotStoredReason; readonly detail: string };
}

/** What a capture reads, writes and obeys. */
export interface CaptureRequest {
  readonly cargs: readonly string[];
  /** Host path that standard input reads, or null for none. */
  readonly stdin: string | null;
  /** Made where it is asked for. */
  readonly stdoutFd: number;
  readonly stderrFd: number;
  /** Appends to a stream, for a base that has bytes and no process. Absent: write to the descriptors. */
  readonly write?: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  readonly onStdout?: (chunk: Uint8Array) => void;
  readonly onStderr?: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

/**
 * What executions of ours offer on top, and a foreign base may. Without `outputDir` a base cannot be
 * cached.
 */
export interface CacheableExecution extends Execution {
  /** Host path of the directory that the tool's outputs land in; settable until the run. */
  outputDir: string;
  /** `false`: this execution runs nothing that could be cached (a dry run). */
  readonly cacheable?: boolean;
  /** Digest of the image that will really run; null where the base runs no images. */
  image?(): string | null;
  /** `bytes`: it writes its streams through `CaptureRequest.write`. Absent: to the descriptors, as processes do. */
  readonly streams?: "bytes";
  /** What else of the base enters the key (DESIGN §4). Absent: the class name. */
  fingerprint?(): JsonValue;
  /** Environment variables that enter the key beside `policy.envAllowlist`. */
  envNames?(): readonly string[];
  /** Facts known only now, stored with the entry and checked again on a hit. */
  guards?(cargs: readonly string[]): JsonValue;
  runAsync?(cargs: string[], options?: RunOptions): Promise<RunResult>;
  /**
   * Runs the tool with its streams going to descriptors, byte for byte, and blocks. An exit code other
   * than 0 is a result. Present together with `captureAsync`.
   */
  capture?(request: CaptureRequest): CaptureResult;
  captureAsync?(request: CaptureRequest): Promise<CaptureResult>;
}

/** A runner whose executions can be cached. `cacheable: false` on it opts out as a whole. */
export interface CacheableRunner extends Runner {
  readonly cacheable?: boolean;
  startExecution(metadata: Metadata): Execution;
}

/** The two forms of `inputFile`'s options, as one. */
export function inputOptions(
  resolveParent: boolean | InputOptions | undefined,
  mutable: boolean | undefined,
): Required<InputOptions> {
  if (typeof resolveParent === "object") {
    // Published wrappers pass `null` for "not given" as well; `typeof null` is "object".
    const options = resolveParent as InputOptions | null;
    return { resolveParent: options?.resolveParent === true, mutable: options?.mutable === true };
  }
  return { resolveParent: resolveParent === true, mutable: mutable === true };
}
