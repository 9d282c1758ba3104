import { randomBytes } from "node:crypto";
import { closeSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";

/** Two open files that take the streams of a run. */
export interface StreamFiles {
  readonly stdoutFd: number;
  readonly stderrFd: number;
}

/**
 * Opens two without names, so that nothing is left whatever happens, on the file system of the host directory `dir`,
 * which holds the outputs and so has room.
 */
export function openStreamFiles(dir: string): StreamFiles {
  return { stdoutFd: openNameless(dir), stderrFd: openNameless(dir) };
}

/** Closes both, and with that removes them. */
export function closeStreamFiles({ stdoutFd, stderrFd }: StreamFiles): void {
  closeSync(stdoutFd);
  closeSync(stderrFd);
}

function openNameless(dir: string): number {
  const path = join(dir, `.runcache.${randomBytes(16).toString("hex")}`);
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return fd;
}
