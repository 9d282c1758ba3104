import { explainStorageError } from "../platform/free-space.js";
import { isSystemError } from "../platform/system-error.js";
import { CacheRootError } from "../types/errors.js";
import type { CacheRoot } from "./cache-root.js";

/**
 * `error` for who administers the cache: what a system call gave becomes a CacheRootError
 * `ERR_RUNCACHE_STORAGE`, everything else stays what it is.
 */
export function storageError({ dir }: CacheRoot, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const message = `the cache ${dir} cannot be read or changed (${explainStorageError(error, dir)}): mend that and try again; 'runcache doctor' says more`;
  return new CacheRootError("ERR_RUNCACHE_STORAGE", dir, message, error);
}
