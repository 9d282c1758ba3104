import { LineSink } from "../streams/line-sink.js";
import { readChunks } from "../streams/read-chunks.js";
import type { CaptureRequest, CaptureResult, LineHandler } from "../types/runner.js";
import { closeStreamFiles, openStreamFiles, type StreamFiles } from "./stream-files.js";
import { toolError } from "./tool-error.js";

/** What a run outside a cache is given. */
export interface AloneRun {
  readonly cargs: readonly string[];
  /** Host path of the directory on whose file system the streams are kept meanwhile. */
  readonly outputDir: string;
  readonly onStdout: LineHandler | undefined;
  readonly onStderr: LineHandler | undefined;
}

/** The part of a capture that a run outside a cache decides. */
export type AloneStreams = Pick<CaptureRequest, "stdoutFd" | "stderrFd" | "onStdout" | "onStderr">;

/**
 * Blocks while `capture` runs the tool; then hands out the lines of both streams.
 * @throws ToolError where the tool failed, else what a handler threw; what `capture` throws
 */
export function runAlone(run: AloneRun, capture: (streams: AloneStreams) => CaptureResult): CaptureResult {
  const files = openStreamFiles(run.outputDir);
  try {
    const result = capture(files);
    const sink = new LineSink(run.onStdout, run.onStderr);
    if (sink.stdout !== undefined) for (const chunk of readChunks(files.stdoutFd)) sink.stdout(chunk);
    if (sink.stderr !== undefined) for (const chunk of readChunks(files.stderrFd)) sink.stderr(chunk);
    return finish(run, result, files, sink);
  } finally {
    closeStreamFiles(files);
  }
}

/**
 * Hands out the lines of both streams while `capture` runs the tool.
 * @throws as `runAlone`
 */
export async function runAloneAsync(
  run: AloneRun,
  capture: (streams: AloneStreams) => Promise<CaptureResult>,
): Promise<CaptureResult> {
  const files = openStreamFiles(run.outputDir);
  try {
    const sink = new LineSink(run.onStdout, run.onStderr);
    const result = await capture({
      ...files,
      ...(sink.stdout === undefined ? {} : { onStdout: sink.stdout }),
      ...(sink.stderr === undefined ? {} : { onStderr: sink.stderr }),
    });
    return finish(run, result, files, sink);
  } finally {
    closeStreamFiles(files);
  }
}

function finish({ cargs }: AloneRun, result: CaptureResult, files: StreamFiles, sink: LineSink): CaptureResult {
  sink.flush();
  if (result.exitCode !== 0) {
    throw toolError(cargs, result, { stdout: files.stdoutFd, stderr: files.stderrFd });
  }
  sink.end();
  return result;
}
