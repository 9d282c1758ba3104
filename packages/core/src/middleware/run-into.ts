import type { StreamFiles } from "../base/stream-files.js";
import { perform, type Flow } from "../platform/flow.js";
import { writeAll } from "../streams/descriptor-bytes.js";
import { readChunks } from "../streams/read-chunks.js";
import { tailOfFile } from "../streams/tail.js";
import { ToolError, UsageError } from "../types/errors.js";
import type { CacheableExecution, CaptureRequest, CaptureResult, Execution, RunResult } from "../types/runner.js";
import type { ServeRequest } from "./serve.js";

/** What runs: an execution whose output directory is set, and the names wanted from it. */
export interface RunTarget {
  readonly base: Execution & Partial<CacheableExecution>;
  /** Wanted output names → whether optional. */
  readonly names: ReadonlyMap<string, boolean>;
}

/** A tool that ran and succeeded. */
export interface BaseRun {
  readonly exitCode: number;
  readonly result: CaptureResult;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/**
 * Runs the base with its streams going to `files`; the request's sink receives them live where it can,
 * else after the run.
 * @throws ToolError where the exit code is none that the request accepts; what the base throws
 */
export function* runInto(
  { base, names }: RunTarget,
  request: ServeRequest,
  files: StreamFiles & Pick<CaptureRequest, "write">,
): Flow<BaseRun> {
  for (const [name, optional] of names) base.outputFile(name, optional);
  const startedAt = new Date();
  const { stdout, stderr } = request.sink;
  const capture: CaptureRequest = {
    cargs: request.cargs,
    stdin: request.stdin,
    get stdoutFd() {
      return files.stdoutFd;
    },
    get stderrFd() {
      return files.stderrFd;
    },
    ...(files.write === undefined ? {} : { write: files.write }),
  };
  const result = yield* perform<CaptureResult>({
    sync: () => {
      try {
        return base.capture?.(capture) ?? captureForeign(base, capture);
      } finally {
        deliver(files, request); // also of a tool that failed, as without a cache
      }
    },
    async: async () => {
      if (base.captureAsync === undefined) {
        try {
          return await captureForeignAsync(base, capture, request.signal);
        } finally {
          deliver(files, request);
        }
      }
      return await base.captureAsync(
        Object.assign(capture, {
          ...(stdout === undefined ? {} : { onStdout: stdout }),
          ...(stderr === undefined ? {} : { onStderr: stderr }),
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        }),
      );
    },
  });
  request.sink.flush();
  const { exitCode, signal } = result;
  if (exitCode === null || !request.okExitCodes.includes(exitCode)) {
    throw new ToolError({
      commandArgs: request.cargs,
      exitCode,
      signal,
      stdoutTail: tailOfFile(files.stdoutFd),
      stderrTail: tailOfFile(files.stderrFd),
    });
  }
  return { exitCode, result, startedAt, finishedAt: new Date() };
}

/** Hands over the recorded streams of a run that could not be watched. */
function deliver(files: StreamFiles, { sink }: ServeRequest): void {
  if (sink.stdout !== undefined) for (const chunk of readChunks(files.stdoutFd)) sink.stdout(chunk);
  if (sink.stderr !== undefined) for (const chunk of readChunks(files.stderrFd)) sink.stderr(chunk);
  sink.flush();
}

/** A foreign base gives lines, and throws where the tool failed. */
function captureForeign(base: RunTarget["base"], { cargs, stdin, stdoutFd, stderrFd }: CaptureRequest): CaptureResult {
  if (stdin !== null) throw noStdin(base);
  const start = performance.now();
  base.run(
    [...cargs],
    (line) => writeLine(stdoutFd, line),
    (line) => writeLine(stderrFd, line),
  );
  return foreignResult(start, 0);
}

async function captureForeignAsync(
  base: RunTarget["base"],
  request: CaptureRequest,
  signal: AbortSignal | undefined,
): Promise<CaptureResult> {
  if (base.runAsync === undefined) return captureForeign(base, request);
  const start = performance.now();
  let hasEnded = false;
  const write = (stream: "stdoutFd" | "stderrFd") => (line: string) => {
    if (!hasEnded) writeLine(request[stream], line); // later, the descriptor may be another file's
  };
  try {
    // Plain JavaScript may resolve to nothing.
    const result = (await base.runAsync([...request.cargs], {
      onStdout: write("stdoutFd"),
      onStderr: write("stderrFd"),
      ...(request.stdin === null ? {} : { stdin: request.stdin }),
      ...(signal === undefined ? {} : { signal }),
    })) as RunResult | undefined;
    return foreignResult(start, result?.exitCode ?? 0);
  } finally {
    hasEnded = true;
  }
}

function foreignResult(start: number, exitCode: number): CaptureResult {
  return { exitCode, signal: null, durationMs: performance.now() - start, usage: null };
}

/** To run without would give the result of another call. */
function noStdin(base: RunTarget["base"]): UsageError {
  return new UsageError(
    "ERR_RUNCACHE_BASE",
    `executions of ${base.constructor.name} have no 'runAsync', so nothing can be given to the tool's standard input: pass the file as an argument, or use a runner of runcache`,
    { base: base.constructor.name },
  );
}

function writeLine(fd: number, line: string): void {
  writeAll(fd, Buffer.from(`${line}\n`, "utf8"));
}
