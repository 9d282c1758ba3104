import { existsSync } from "node:fs";
import { entryDir, lockPath } from "../entry/layout.js";
import { remakeIfGone, type Staging } from "../entry/staging.js";
import type { Flow } from "../platform/flow.js";
import { announceMiss } from "./announce-miss.js";
import { claim, type HeldLock } from "./claim.js";
import { changedEnvironment } from "./changed-surroundings.js";
import { keepResult } from "./keep-result.js";
import { lockClient } from "./lock-client.js";
import type { TakenLock } from "./lock-messages.js";
import { look, type Miss } from "./look.js";
import { replayEntry, type Replay } from "./replay-entry.js";
import { runInto } from "./run-into.js";
import { runUncached } from "./run-uncached.js";
import { discardPlace } from "./seal.js";
import type { ServedRun, Serving } from "./serve.js";
import { makeLocksDir, openStreams, stage } from "./stage.js";

/** Waits for this key's turn among the processes; then its entry is there, or this call makes it. */
export function* takeTurn(serving: Serving, miss: Miss, mayWait: boolean): Flow<ServedRun> {
  const { context, call, guards, request } = serving;
  let lock: HeldLock | null = null;
  let cause = miss;
  try {
    // Who stores nothing leaves nothing either, and saves nobody a run.
    if (mayWait && context.mode !== "read-only") {
      const path = lockPath(context.root.dir, call.key, guards.shortDigest);
      const isFunction = serving.execution.base.streams === "bytes";
      const place = { makePlace: () => makeLocksDir(context), reuse: isFunction };
      const lookAgain = (waitedMs: number): Replay | undefined => {
        const replay = serveFound(serving, miss, waitedMs);
        return replay.run === null ? undefined : replay;
      };
      const turn = yield* claim(path, place, lookAgain, request.signal);
      if (turn.kind === "turn") lock = turn.lock;
      const replay = turn.kind === "found" ? turn.found : serveFound(serving, miss, turn.waitedMs);
      if (replay.run !== null) {
        discardPlace(call);
        return replay.run;
      }
      cause = replay.miss;
      if (turn.kind === "turn" && turn.waitedMs > 0) emitWaited(serving, turn.waitedMs);
    }
    const staging =
      typeof call.place === "object" ? call.place : stage(context, serving.execution.base, { isLater: false });
    if (staging === null) return yield* runUncached(serving, cause);
    return yield* runStaged(serving, cause, staging, lock?.taken ?? null);
  } finally {
    if (lock !== null) yield* lock.release();
  }
}

/** Runs the tool in `staging` and keeps its result. */
function* runStaged(serving: Serving, miss: Miss, staging: Staging, lock: TakenLock | null): Flow<ServedRun> {
  const { context, execution, request } = serving;
  const letGo = lockClient().hold({ dir: staging.dir, lock });
  try {
    const explain = announceMiss(serving, miss);
    if (staging === serving.call.place) {
      remakeIfGone(context.root, staging); // made long ago, perhaps
      if (execution.base.streams !== "bytes") openStreams(staging);
    }
    execution.base.outputDir = staging.outDir;
    const doubt = changedEnvironment(serving);
    const ran = yield* runInto(execution, request, staging);
    const result = doubt === null ? ran.result : { doubt, ...ran.result };
    return yield* keepResult(serving, { reason: miss.reason, explain }, staging, { ...ran, result });
  } finally {
    letGo();
    staging.discard();
  }
}

/**
 * Serves the entry that somebody else made since the key became final, whose lookup ended in `miss`; or
 * says what now is the reason to run.
 */
export function serveFound(serving: Serving, miss: Miss, waitedMs: number): Replay {
  const { context, call } = serving;
  const { root } = context;
  // Most often there is none, and this says so in one call. A client of a network file system may not know yet.
  if (!root.isNetwork && !existsSync(entryDir(root.dir, call.key))) return { run: null, miss };
  const looked = look(context, call.key);
  if (looked.entry?.manifest.nonce === call.outdated) return { run: null, miss };
  const replay = looked.entry === null ? { run: null, miss: looked.miss } : replayEntry(serving, looked.entry);
  if (replay.run === null) return { run: null, miss: isTelling(replay.miss) ? replay.miss : miss };
  if (waitedMs > 0) emitWaited(serving, waitedMs);
  return replay;
}

/** That nothing stands there any more says less than what was seen of it first. */
function isTelling({ reason }: Miss): boolean {
  return reason !== "absent" && reason !== "vanished";
}

/** Says that the call waited for another. */
export function emitWaited({ context, call }: Serving, waitedMs: number): void {
  context.reporter.emit({ type: "waited", tool: call.label, key: call.key, waitedMs });
}
