import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

/** Both ends of a pipe, as plain descriptors. */
export interface Pipe {
  readonly reader: number;
  readonly writer: number;
}

/** Pipes that one `mkfifo` makes where one is lacking: it costs as much as a small tool. */
const MADE_AT_ONCE = 4;

const spares: Pipe[] = [];

/**
 * A pipe for a stream of a tool, or null where the system gives none. Node's own "pipe" is a socket, which a tool
 * cannot open by its name, `/dev/stdout`. Worker threads get none: Node closes what they opened when they end, also
 * where a stream has closed it and its number is another's.
 */
export function takePipe(): Pipe | null {
  if (!isMainThread) return null;
  const spare = spares.pop();
  if (spare !== undefined) return spare;
  try {
    withFifos(MADE_AT_ONCE, (paths) => keepPipes(paths));
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
  }
  return spares.pop() ?? null;
}

/** Opens both ends of the FIFOs at `paths`, for later calls of `takePipe`. */
export function keepPipes(paths: readonly string[]): void {
  if (!isMainThread) return;
  for (const path of paths) spares.push(openPipe(path));
}

function openPipe(path: string): Pipe {
  // A reader opened with O_NONBLOCK waits for nobody, and behind it neither does the writer, which tools inherit.
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { reader, writer: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(reader);
    throw error;
  }
}

/**
 * Calls `use` with the host paths of `count` FIFOs, the only pipes that Node can open; their names are gone at once.
 * @throws what the system throws
 */
export function withFifos<T>(count: number, use: (paths: readonly string[]) => T): T {
  const dir = mkdtempSync(join(tmpdir(), "runcache-"));
  try {
    const paths = Array.from({ length: count }, (_, index) => join(dir, String(index)));
    const { error } = spawnSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
    if (error !== undefined) throw error;
    return use(paths);
  } finally {
    rmSync(dir, { recursive: true });
  }
}
