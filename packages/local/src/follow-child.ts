import type { ChildProcess } from "node:child_process";
import { runUnblocked, type LaunchRequest, type LaunchResult } from "@runcache/core";
import { launchError } from "./launch-error.js";
import { endGroup, endLeft } from "./process-group.js";
import { stopCommand } from "./stop-command.js";
import type { TeedChild } from "./teed-streams.js";

/**
 * Waits until `child`, which leads a process group, and all of its group have ended; ends them where the
 * request is aborted or a handler throws.
 * @throws LaunchError where it did not start; the signal's reason; what a handler threw
 */
export async function followChild(
  { child, tees }: TeedChild,
  request: LaunchRequest,
  graceMs: number,
  startMs: number,
): Promise<LaunchResult> {
  const { signal: abort, stopArgv, env } = request;
  let interrupt!: (reason: unknown) => void;
  const interrupted = new Promise<{ readonly reason: unknown }>((resolve) => {
    interrupt = (reason) => resolve({ reason });
  });
  const exited = exitOf(child, request, startMs);
  for (const { closed } of tees) closed.catch(interrupt);
  const onAbort = (): void => interrupt(abort?.reason);
  abort?.addEventListener("abort", onAbort, { once: true });
  try {
    const interruption = await Promise.race([exited.then(() => null), interrupted]);
    if (interruption !== null) {
      const stop = stopArgv === undefined ? undefined : stopCommand(stopArgv, env);
      if (child.pid !== undefined) await runUnblocked(endGroup(child.pid, graceMs, stop));
      await exited;
      throw interruption.reason;
    }
    const result = await exited;
    const leftRunning = result.pid === undefined ? null : await runUnblocked(endLeft(result.pid, graceMs));
    await Promise.all(tees.map((tee) => tee.drain()));
    const unwritten = tees.find((tee) => tee.unwritten !== null)?.unwritten ?? null;
    return {
      ...result,
      ...(leftRunning === null ? {} : { leftRunning }),
      ...(unwritten === null ? {} : { unwritten }),
    };
  } finally {
    abort?.removeEventListener("abort", onAbort);
    for (const tee of tees) tee.destroy();
  }
}

async function exitOf(child: ChildProcess, request: LaunchRequest, startMs: number): Promise<LaunchResult> {
  return await new Promise((resolve, reject) => {
    child.once("error", (error) => reject(launchError(request, error)));
    child.once("exit", (exitCode, signal) => {
      const { pid } = child;
      const durationMs = performance.now() - startMs;
      resolve({ exitCode, signal, durationMs, usage: null, ...(pid === undefined ? {} : { pid }) });
    });
  });
}
