import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { hasCode, warnOnce } from "@runcache/core";
import { keepPipes, withFifos } from "./pipe.js";
import { WATCHER_SCRIPT } from "./watcher-script.js";

let watcher: Watcher | null | undefined;

/**
 * The watcher of this thread, started at its first launch; null where the system gives none, so that
 * tools run without.
 */
export function currentWatcher(): Watcher | null {
  if (watcher === undefined || watcher?.lost === true) watcher = startWatcher();
  return watcher;
}

/**
 * A shell in a session of its own that ends the tools of this process when this process dies, by
 * whatever signal: the kernel then closes the pipe between them. It keeps no event loop alive, and ends
 * with this process.
 */
export class Watcher {
  /** Write end of the watcher's pipe, for descriptor 3 of launched processes. */
  readonly fd: number;
  readonly #keptReader: number;
  #lost = false;

  /** @param keptReader a read end of the pipe, open as long as `fd`: writing then never fails with EPIPE */
  constructor(process: ChildProcess, fd: number, keptReader: number) {
    this.fd = fd;
    this.#keptReader = keptReader;
    const lose = (): void => this.#lose();
    process.once("error", lose).once("exit", lose);
    process.unref();
  }

  /** Whether the watcher ended before this process: somebody killed it. */
  get lost(): boolean {
    return this.#lost;
  }

  /** The process group has ended; its number may come to mean others. */
  forget(group: number): void {
    if (this.#lost) return;
    try {
      writeSync(this.fd, `- ${group}\n`);
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) throw error; // nobody reads any more, and the pipe is full
    }
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    closeSync(this.fd);
    closeSync(this.#keptReader);
  }
}

function startWatcher(): Watcher | null {
  try {
    const { reader, writer, keptReader } = openPipe();
    const process = spawn("/bin/sh", ["-c", WATCHER_SCRIPT, "runcache-watcher"], {
      cwd: "/", // no directory is kept busy
      detached: true,
      stdio: [reader, "ignore", "ignore"],
    });
    closeSync(reader);
    return new Watcher(process, writer, keptReader);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    warnOnce(
      "RUNCACHE_UNWATCHED",
      "watcher",
      `tools run unwatched: should this process be killed, they go on running (${error.message}); a writable ${tmpdir()} and the commands sh and mkfifo are needed`,
    );
    return null;
  }
}

/** Standard output and error of the first tool: pipes for them cost nothing beside the watcher's own. */
const FIRST_STREAMS = 2;

/** Ends of a pipe as plain descriptors. */
function openPipe(): { readonly reader: number; readonly writer: number; readonly keptReader: number } {
  return withFifos(1 + FIRST_STREAMS, ([path = "", ...streams]) => {
    // A reader opened with O_NONBLOCK waits for nobody, and behind it neither do the others.
    const keptReader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const reader = openSync(path, constants.O_RDONLY);
    keepPipes(streams);
    return { reader, writer, keptReader };
  });
}
