import { ensureDir } from "../entry/cache-root.js";
import { LOCKS_NAME } from "../entry/layout.js";
import { StagedStream } from "../entry/staged-stream.js";
import { createStaging, type Staging } from "../entry/staging.js";
import { sweepStagingOnce } from "../entry/sweep-staging.js";
import { errorName, isSystemError } from "../platform/system-error.js";
import type { CacheableExecution } from "../types/runner.js";
import type { CacheContext } from "./cache-context.js";

/** Beyond these, runs that are prepared get their files when they start: there may be hundreds. */
const MOST_OPEN_FILES = 64;

/**
 * A staging directory for a run, or null where the cache cannot or must not be written. With the files that a process
 * writes its streams to, unless the base says that it has bytes, or the run `isLater` and many are prepared already.
 */
export function stage(
  context: CacheContext,
  { streams }: Pick<CacheableExecution, "streams">,
  { isLater }: { readonly isLater: boolean },
): Staging | null {
  const { root, mode } = context;
  if (mode === "read-only") return null;
  return whereWritable(context, () => {
    sweepStagingOnce(root);
    const staging = createStaging(root, { reuse: streams === "bytes" });
    if (streams !== "bytes" && (!isLater || StagedStream.openFiles < MOST_OPEN_FILES)) openStreams(staging);
    return staging;
  });
}

/** Opens what a process writes its streams to. @throws what the file system throws; nothing is left then */
export function openStreams(staging: Staging): void {
  try {
    for (const stream of [staging.stdout, staging.stderr]) stream.open();
  } catch (error) {
    staging.discard();
    throw error;
  }
}

/** Makes the place for locks; false where it cannot be made. */
export function makeLocksDir(context: CacheContext): boolean {
  return whereWritable(context, () => (ensureDir(context.root, LOCKS_NAME), true)) ?? false;
}

/** What `act` returns, or with one warning null where the cache cannot be written. */
function whereWritable<T>({ root, reporter }: CacheContext, act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    reporter.trouble(
      "RUNCACHE_NOT_WRITABLE",
      root.dir,
      `the cache ${root.dir} cannot be written (${errorName(error)}): runs go uncached until it can; 'runcache doctor' says more`,
      error,
    );
    return null;
  }
}
