import { CachingRunner, RuncacheError, ToolError, type ExecResult } from "@runcache/core";
import type { Settings } from "../config/settings.js";
import { EXIT } from "../exit-codes.js";
import type { StatsRecord } from "../stats/stats-record.js";
import { exitCodeOf } from "./exit-status.js";
import type { Interrupts } from "./interrupt.js";
import { keepLimits } from "./keep-limits.js";
import { makeBase } from "./make-base.js";
import { PutBack } from "./put-back.js";
import { restoreOutputs } from "./restore-outputs.js";
import type { RunLog } from "./run-log.js";
import { keyParams, planCommand, type RunPlan } from "./run-plan.js";
import { runUncached } from "./run-uncached.js";
import { StreamRelay } from "./stream-relay.js";

/**
 * Runs the plan's command through the cache, or puts back what an earlier run of it made.
 * @returns the exit code
 * @throws LaunchError, InputError, EngineError, …; an Interrupt
 */
export async function runCached(
  plan: RunPlan,
  log: RunLog,
  interrupts: Interrupts,
  stats: StatsRecord,
): Promise<number> {
  const { context, settings, outputs } = plan;
  const unread = (): void => interrupts.interrupt("SIGPIPE");
  const relays = { stdout: new StreamRelay(context.out, unread), stderr: new StreamRelay(context.err, unread) };
  const putBack = new PutBack(plan, relays);
  const runner = new CachingRunner({
    base: await makeBase(plan),
    cacheDir: settings.cacheDir.value,
    policy: plan.policy,
    onEvent: (event) => {
      // Before the streams are replayed: who reads them finds the outputs there.
      if (event.type === "hit") putBack.begin(event.outputDir);
      if (event.type === "miss") {
        interrupts.listen();
        log.starting(plan);
      }
      stats.add(event);
      log.event(event, plan);
    },
  });
  let result: ExecResult;
  try {
    result = await runner.exec(plan.tool, (io) => planCommand(plan, io), {
      params: keyParams(plan),
      ...(plan.stdin.path === null ? {} : { stdin: plan.stdin.path }),
      okExitCodes: plan.okExitCodes,
      signal: interrupts.signal,
      onStdout: relays.stdout.write,
      onStderr: relays.stderr.write,
      keepStreams: false,
    });
  } catch (error) {
    if (error instanceof ToolError) return exitCodeOf(error);
    throw error;
  }
  await putBack.finish(result, interrupts);
  if (putBack.fault !== null) {
    const reason = `its outputs cannot be put back (${putBack.fault})`;
    return await runUncached(plan, log, interrupts, { reason, hint: null });
  }
  if (result.status !== "hit" && settings.runner.value !== "local") {
    restoreOutputs(result.outputDir, outputs, { link: "copy", cacheDir: settings.cacheDir.value });
  }
  if (result.stored) {
    if (result.status === "miss") await keepHouse(settings, log);
    return result.exitCode;
  }
  log.notStored(result, plan);
  return settings.requireCache.value ? EXIT.failed : result.exitCode;
}

/** No run fails because the cache cannot be kept in order. */
async function keepHouse(settings: Settings, log: RunLog): Promise<void> {
  try {
    await keepLimits(settings);
  } catch (error) {
    if (!(error instanceof RuncacheError) && !(error instanceof Error && "syscall" in error)) throw error;
    log.say(`the limits of the cache could not be kept (${error.message})`);
  }
}
