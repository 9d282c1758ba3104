import { runUnblocked } from "../platform/flow.js";
import { copyOutputs } from "./copy-outputs.js";

/**
 * Copies the outputs in the host directory `from` into the host directory `to`, which is made where it
 * is missing: sharing blocks where the file system can, writable by the user, without the entry's own record.
 * @throws what the file system throws, EEXIST for a name that is there already; RuncacheError
 * `ERR_RUNCACHE_EXPORT_KIND` on a FIFO, socket or device
 */
export async function exportOutputs(from: string, to: string): Promise<void> {
  await runUnblocked(copyOutputs(from, to));
}
