import { ensureDir } from "../entry/cache-root.js";
import { LOCKS_NAME } from "../entry/layout.js";
import { createStaging, type Staging } from "../entry/staging.js";
import { sweepStagingOnce } from "../entry/sweep-staging.js";
import { errorName, isSystemError } from "../platform/system-error.js";
import type { CacheContext } from "./cache-context.js";
import { lockClient } from "./lock-client.js";

/**
 * A staging directory for a run, or null where the cache cannot or must not be written. The lock worker
 * starts here, beside what is left to do before its first answer is needed.
 */
export function stage({ root, mode, reporter }: CacheContext): Staging | null {
  if (mode === "read-only") return null;
  try {
    lockClient();
    ensureDir(root, LOCKS_NAME);
    sweepStagingOnce(root);
    return createStaging(root);
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
