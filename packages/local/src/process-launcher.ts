import { spawn, spawnSync, type ChildProcess, type SpawnOptions, type StdioOptions } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { runBlocking, type Launcher, type LaunchRequest, type LaunchResult } from "@runcache/core";
import { childCpu, cpuBetween } from "./child-cpu.js";
import { followChild } from "./follow-child.js";
import { launchError, refuseUnstartable } from "./launch-error.js";
import { endLeft } from "./process-group.js";
import { startTeed } from "./teed-streams.js";
import { watchedCommand } from "./watched-command.js";
import { currentWatcher, type Watcher } from "./watcher.js";

/** Options of `ProcessLauncher`. */
export interface ProcessLauncherOptions {
  /** Milliseconds between SIGTERM and SIGKILL, where a request does not say. @default 10000 */
  readonly graceMs?: number;
}

/**
 * Starts tools as processes of this machine, each in a session and process group of its own. When it
 * returns nothing of the group runs any more, and when this process dies (by whatever signal, while it
 * blocks too) a watcher ends what it started.
 *
 * While a handler listens, the tool's stream is a pipe (a socket where the system gives no pipe); else it is the
 * request's descriptor itself.
 */
export class ProcessLauncher implements Launcher {
  readonly name = "local";
  readonly #graceMs: number;

  constructor({ graceMs = 10_000 }: ProcessLauncherOptions = {}) {
    this.#graceMs = graceMs;
  }

  /** @throws LaunchError `ERR_RUNCACHE_TOOL_NOT_FOUND`, `ERR_RUNCACHE_TOOL_NOT_EXECUTABLE`, `ERR_RUNCACHE_LAUNCH` */
  launchSync(request: LaunchRequest): LaunchResult {
    refuseUnstartable(request);
    const watcher = currentWatcher();
    const graceMs = request.graceMs ?? this.#graceMs;
    return withStdin(request, (stdin) => {
      const { file, args, options } = startOf(request, graceMs, watcher, [stdin, request.stdoutFd, request.stderrFd]);
      const cpuBefore = childCpu();
      const startMs = performance.now();
      const { pid, status, signal, error } = spawnSync(file, args, options);
      const durationMs = performance.now() - startMs;
      const usage = cpuBetween(cpuBefore, childCpu());
      if (error !== undefined) throw launchError(request, error);
      const leftRunning = runBlocking(endLeft(pid, graceMs));
      watcher?.forget(pid);
      return { exitCode: status, signal, durationMs, usage, pid, ...(leftRunning === null ? {} : { leftRunning }) };
    });
  }

  /** @throws as `launchSync`; the signal's reason, once nothing runs any more; what a handler throws */
  async launch(request: LaunchRequest): Promise<LaunchResult> {
    request.signal?.throwIfAborted();
    refuseUnstartable(request);
    const watcher = currentWatcher();
    const graceMs = request.graceMs ?? this.#graceMs;
    const startMs = performance.now();
    const teed = withStdin(request, (stdin) =>
      startTeed(request, (stdout, stderr) => {
        const { file, args, options } = startOf(request, graceMs, watcher, [stdin, stdout, stderr]);
        return spawned(request, () => spawn(file, args, options));
      }),
    );
    try {
      return await followChild(teed, request, graceMs, startMs);
    } finally {
      if (teed.child.pid !== undefined) watcher?.forget(teed.child.pid);
    }
  }
}

/** Of what cannot start, `spawn` tells some by an event, and throws the rest: too long a command line. */
function spawned(request: LaunchRequest, start: () => ChildProcess): ChildProcess {
  try {
    return start();
  } catch (error) {
    throw launchError(request, error);
  }
}

/** Node's arguments to start the request, watched where a watcher is there. */
function startOf(
  { argv, cwd, env, stopArgv }: LaunchRequest,
  graceMs: number,
  watcher: Watcher | null,
  stdio: readonly (number | "ignore" | "pipe")[],
): { readonly file: string; readonly args: readonly string[]; readonly options: SpawnOptions } {
  const watched = watcher === null ? null : watchedCommand(argv, env, { graceMs, stopArgv });
  const [file = "", ...args] = argv;
  const descriptors: StdioOptions = watched === null || watcher === null ? [...stdio] : [...stdio, watcher.fd];
  return {
    file: watched?.file ?? file,
    args: watched?.args ?? args,
    // `spawnSync` obeys `detached` (a session of its own) as `spawn` does.
    options: { cwd, env: watched?.env ?? env, detached: true, stdio: descriptors },
  };
}

/** Calls `start` with what standard input reads, and closes it here: a started process has its own. */
function withStdin<T>(request: LaunchRequest, start: (stdin: number | "ignore") => T): T {
  if (request.stdin === null) return start("ignore");
  const stdin = openStdin(request, request.stdin);
  try {
    return start(stdin);
  } finally {
    closeSync(stdin);
  }
}

function openStdin(request: LaunchRequest, path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw launchError(request, error);
  }
}
