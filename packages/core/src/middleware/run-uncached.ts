import { fstatSync } from "node:fs";
import { tmpdir } from "node:os";
import { closeStreamFiles, openStreamFiles, type StreamFiles } from "../base/stream-files.js";
import type { Flow } from "../platform/flow.js";
import { readChunks } from "../streams/read-chunks.js";
import { AnnouncedPathError } from "../types/errors.js";
import { announceMiss } from "./announce-miss.js";
import type { CacheContext } from "./cache-context.js";
import type { Miss } from "./look.js";
import { runInto, type BaseRun, type RunTarget } from "./run-into.js";
import type { NotStored, ServedRun, ServeRequest, Serving } from "./serve.js";

/**
 * Runs a call whose result cannot be kept, in the base's own directory.
 * @throws AnnouncedPathError where the caller holds paths inside an entry that cannot serve
 */
export function* runUncached(serving: Serving, miss: Miss): Flow<ServedRun> {
  const { context, call, execution, request } = serving;
  if (call.looked.entry !== null && execution.announced) {
    throw new AnnouncedPathError(
      call.announcedDir,
      `${call.label} must run again (${miss.detail}), but its outputs were announced in ${call.announcedDir}, which cannot be written: make the cache writable, or run with RUNCACHE=off`,
    );
  }
  const explain = announceMiss(serving, miss);
  const ownDir = execution.base.outputDir;
  const { run, ...streams } = yield* runAside(execution, request);
  const notStored: NotStored = { reason: "read-only", detail: whyNotStored(context, miss) };
  context.reporter.emit({ type: "not-stored", tool: call.label, key: call.key, outputDir: ownDir, ...notStored });
  request.sink.end();
  return {
    status: "miss",
    key: call.key,
    missReason: miss.reason,
    explain,
    outputDir: ownDir,
    exitCode: run.exitCode,
    durationMs: run.result.durationMs,
    entry: null,
    notStored,
    ...streams,
  };
}

function whyNotStored({ mode }: CacheContext, { reason, detail }: Miss): string {
  if (mode === "read-only") return "RUNCACHE=read-only";
  return reason === "unknown-version" ? detail : "the cache cannot be written";
}

/** Runs the base in its own directory; its streams pass through files without a name. */
export function* runAside(
  execution: RunTarget,
  request: ServeRequest,
): Flow<{ readonly run: BaseRun } & Pick<ServedRun, "streams" | "lostStreams">> {
  const files = openStreamFiles(tmpdir());
  try {
    const run = yield* runInto(execution, request, files);
    return { run, ...readRecorded(run, files, request.keptStreamBytes) };
  } finally {
    closeStreamFiles(files);
  }
}

/** Both streams as they were written, or null where one is larger than `mostBytes`; or why they were not written. */
export function readRecorded(
  { result }: BaseRun,
  files: StreamFiles,
  mostBytes: number,
): Pick<ServedRun, "streams" | "lostStreams"> {
  if (result.unwritten !== undefined) return { streams: null, lostStreams: result.unwritten };
  return { streams: readStreams(files, mostBytes) };
}

function readStreams({ stdoutFd, stderrFd }: StreamFiles, mostBytes: number): ServedRun["streams"] {
  if ([stdoutFd, stderrFd].some((fd) => fstatSync(fd).size > mostBytes)) return null;
  return { stdout: Buffer.concat(copies(stdoutFd)), stderr: Buffer.concat(copies(stderrFd)) };
}

/** Chunks are valid only until the next is asked for. */
function copies(fd: number): Buffer[] {
  return Array.from(readChunks(fd), (chunk) => Buffer.from(chunk));
}
