import type { Flow } from "../platform/flow.js";
import type { JsonValue } from "../types/json.js";
import type { CaptureRequest, CaptureResult } from "../types/runner.js";

/** An input as `inputFile` was given it. */
export interface BaseInput {
  /** The string that the caller gave. */
  readonly given: string;
  /** Absolute host path. */
  readonly hostPath: string;
  /** The tool may use siblings: the whole parent directory is the input. */
  readonly resolveParent: boolean;
  /** Name of the copy in the output directory that the tool may change; null for an input it only reads. */
  readonly copyName: string | null;
}

/** One planned call: the command line and where it runs. */
export interface BackendRequest extends CaptureRequest {
  /** Host path of the directory that the tool's outputs land in. It exists and holds the mutable copies. */
  readonly outputDir: string;
}

/**
 * What tells one kind of runner from another: how a tool sees paths, what starts it, what enters the key.
 * `BaseExecution` does everything else.
 */
export interface ExecutionBackend {
  /** Path at which the tool will see `input`, which it only reads. Called once for each registration. */
  inputPath(input: BaseInput): string;
  /** Path at which the tool will see the mutable copy `name` of the output directory. */
  copyPath(name: string): string;
  /**
   * Runs the tool with its streams going to the request's descriptors. Any exit code is a result.
   * @throws LaunchError where it cannot be started
   */
  run(request: BackendRequest): Flow<CaptureResult>;
  /** Digest of the image that will really run, or null where there are none. */
  image(): string | null;
  /** What else of the runner enters the key. */
  fingerprint(): JsonValue;
  /** Facts known only at the run, which are stored with an entry and checked again on a hit. */
  guards(cargs: readonly string[], outputDir: string): JsonValue;
  /** Environment variables that enter the key by their value in this process. */
  envNames(): readonly string[];
}
