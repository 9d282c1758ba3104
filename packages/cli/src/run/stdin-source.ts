import { fstatSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { hasCode, writeNewFile } from "@runcache/core";
import type { Interrupts } from "./interrupt.js";

/** What standard input of a command reads. */
export interface Stdin {
  /** Host path, or null for nothing. */
  readonly path: string | null;
  /** Removes what was made for it. */
  dispose(): Promise<void>;
}

/**
 * What `--stdin` names: nothing, a file, or for `-` a copy of our own standard input, because its content
 * must be known before the command runs.
 * @throws an Interrupt
 */
export async function openStdin(cwd: string, given: string | undefined, interrupts: Interrupts): Promise<Stdin> {
  const nothing = (): Promise<void> => Promise.resolve();
  if (given !== "-") return { path: given === undefined ? null : resolve(cwd, given), dispose: nothing };
  interrupts.listen();
  const { signal } = interrupts;
  const dir = await mkdtemp(join(tmpdir(), "runcache-stdin-"));
  const dispose = async (): Promise<void> => rm(dir, { recursive: true, force: true });
  try {
    const path = join(dir, "stdin"); // always this name: it is in the key
    await writeNewFile(path, [process.stdin], { mode: 0o600, signal });
    return { path, dispose };
  } catch (error) {
    await dispose();
    signal.throwIfAborted();
    throw error;
  }
}

/** Whether something waits on our standard input that the command will not see. */
export function hasUnreadStdin(env: NodeJS.ProcessEnv): boolean {
  try {
    const stats = fstatSync(0);
    // With -j, make gives its jobs a pipe that nobody writes to.
    return (stats.isFIFO() && env["MAKELEVEL"] === undefined) || (stats.isFile() && stats.size > 0);
  } catch (error) {
    if (hasCode(error, "EBADF")) return false;
    throw error;
  }
}
