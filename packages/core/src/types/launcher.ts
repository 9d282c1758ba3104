/** One planned command line, ready to start. Host paths throughout. */
export interface LaunchRequest {
  /** Program and arguments; the program is a path or is looked up on the PATH of `env`. */
  readonly argv: readonly string[];
  /** Working directory. */
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
  /** File that standard input reads, or null for none (`/dev/null`). */
  readonly stdin: string | null;
  /** Open descriptor that receives standard output, byte for byte. */
  readonly stdoutFd: number;
  /** Open descriptor that receives standard error, byte for byte. */
  readonly stderrFd: number;
  /** Sees standard output live, beside the descriptor. Asynchronous launches only. */
  readonly onStdout?: (chunk: Uint8Array) => void;
  /** Sees standard error live, beside the descriptor. Asynchronous launches only. */
  readonly onStderr?: (chunk: Uint8Array) => void;
  /** Ends the process: SIGTERM to its group, `graceMs`, SIGKILL. Asynchronous launches only. */
  readonly signal?: AbortSignal;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** Command that ends what killing the process would leave running (a container), run before SIGKILL. */
  readonly stopArgv?: readonly string[];
}

/** CPU time that a process and its children used, in milliseconds. */
export interface ResourceUsage {
  readonly userMs: number;
  readonly systemMs: number;
}

/** How a launched process ended. */
export interface LaunchResult {
  /** Exit code, or null where a signal ended the process. */
  readonly exitCode: number | null;
  /** Name of the signal that ended the process, or null. */
  readonly signal: string | null;
  readonly durationMs: number;
  /** CPU time, or null where the launcher cannot tell it. */
  readonly usage: ResourceUsage | null;
  /** Number of the process that was started on this machine; absent where there was none. */
  readonly pid?: number;
  /** What the process left running beside it and had to be ended, in words for people; absent: nothing. */
  readonly leftRunning?: string;
  /** Why a stream did not reach its descriptor whole although its handler saw all of it; absent: it did. */
  readonly unwritten?: string;
}

/**
 * Starts one planned command line and waits for it (a local process, a SLURM job). Knows nothing of
 * containers or caches. When the calling process dies, by whatever signal, a launcher leaves nothing
 * running.
 */
export interface Launcher {
  /** Name for messages. */
  readonly name: string;
  /**
   * Runs `request` while the caller blocks. An exit code other than 0 is a result, not an error.
   * @throws LaunchError where the program cannot be started.
   */
  launchSync(request: LaunchRequest): LaunchResult;
  /**
   * Runs `request` without blocking.
   * @throws LaunchError where the program cannot be started; the signal's reason when aborted, once
   * nothing runs any more.
   */
  launch(request: LaunchRequest): Promise<LaunchResult>;
}
