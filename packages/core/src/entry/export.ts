import { lstatIfAny } from "../hashing/input-path.js";
import { runUnblocked } from "../platform/flow.js";
import { explainStorageError } from "../platform/free-space.js";
import { isSystemError, type SystemError } from "../platform/system-error.js";
import { RuncacheError } from "../types/errors.js";
import { copyOutputs } from "./copy-outputs.js";

/**
 * Copies the outputs in the host directory `from` into the host directory `to`, which is made where it
 * is missing: sharing blocks where the file system can, writable by the user, without the entry's own
 * record. What was copied before an error stays.
 * @throws RuncacheError `ERR_RUNCACHE_EXPORT_EXISTS` for a name that is there already,
 * `ERR_RUNCACHE_EXPORT_GONE` where the outputs were removed meanwhile, `ERR_RUNCACHE_EXPORT` for what else the
 * file system says, `ERR_RUNCACHE_EXPORT_KIND` on a FIFO, socket or device
 */
export async function exportOutputs(from: string, to: string): Promise<void> {
  try {
    await runUnblocked(copyOutputs(from, to));
  } catch (error) {
    throw isSystemError(error) ? exportError(from, to, error) : error;
  }
}

function exportError(from: string, to: string, error: SystemError & { path?: string; dest?: string }): RuncacheError {
  const path = error.dest ?? error.path ?? to;
  const facts = { path, from, to };
  if (error.code === "EEXIST") {
    const message = `${path} is there already and is not overwritten: remove it, or export to another directory than ${to}`;
    return new RuncacheError("ERR_RUNCACHE_EXPORT_EXISTS", message, facts, error);
  }
  if (lstatIfAny(from) === null) {
    const message = `the outputs in ${from} were removed before they were copied to ${to}: run the call again to make them anew`;
    return new RuncacheError("ERR_RUNCACHE_EXPORT_GONE", message, facts, error);
  }
  const why = error.code === "ENOTDIR" ? `${path} lies below a file` : explainStorageError(error, to);
  const message = `the outputs in ${from} cannot be copied to ${to} (${why}): name a directory that you may write and that has room for them`;
  return new RuncacheError("ERR_RUNCACHE_EXPORT", message, facts, error);
}
