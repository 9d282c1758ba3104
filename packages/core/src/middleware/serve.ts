import { lockPath } from "../entry/layout.js";
import type { Entry } from "../entry/entry.js";
import type { Staging } from "../entry/staging.js";
import { perform, runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import type { CacheKey } from "../types/brand.js";
import type { MissReason, NotStoredReason } from "../types/event.js";
import type { CacheContext } from "./cache-context.js";
import type { CacheableExecution, Metadata } from "../types/runner.js";
import { announceMiss } from "./announce-miss.js";
import { claim, release } from "./claim.js";
import { guardsOf, type Guards } from "./guards.js";
import { keepResult } from "./keep-result.js";
import { lockClient } from "./lock-client.js";
import { look, type Miss } from "./look.js";
import { replayEntry, type Replay } from "./replay-entry.js";
import { runInto } from "./run-into.js";
import { runUncached } from "./run-uncached.js";
import type { SealedCall } from "./seal.js";
import { stage } from "./stage.js";
import { watchSink, type StreamSink } from "./stream-sink.js";

/** What the last step of a call adds. */
export interface ServeRequest {
  readonly cargs: readonly string[];
  /** Host path of the input that standard input reads, or null. */
  readonly stdin: string | null;
  readonly sink: StreamSink;
  readonly okExitCodes: readonly number[];
  readonly signal: AbortSignal | undefined;
  /** Keep both streams in memory where no entry will hold them. */
  readonly keepStreams: boolean;
}

/** What carries the call out. */
export interface ServeExecution {
  readonly base: CacheableExecution;
  readonly metadata: Metadata;
  /** Wanted output names → whether optional. */
  readonly names: ReadonlyMap<string, boolean>;
  /** Whether the caller was given paths inside the entry before the run. */
  readonly announced: boolean;
}

/** Why a result was not stored. */
export interface NotStored {
  readonly reason: NotStoredReason;
  readonly detail: string;
}

/** How a call was served. */
export interface ServedRun {
  readonly status: "hit" | "miss";
  readonly key: CacheKey;
  readonly missReason: MissReason | null;
  readonly explanation: string | null;
  /** Host path where the outputs lie. */
  readonly outputDir: string;
  readonly exitCode: number;
  /** Milliseconds that the tool ran, now or when the entry was made. */
  readonly durationMs: number;
  /** The entry that holds the result, or null where it was not stored. */
  readonly entry: Entry | null;
  readonly notStored: NotStored | null;
  /** Both streams of a result without an entry, where the request wanted them kept. */
  readonly streams: { readonly stdout: Buffer; readonly stderr: Buffer } | null;
}

/** Everything that the steps of one call share. */
export interface Serving {
  readonly context: CacheContext;
  readonly call: SealedCall;
  readonly execution: ServeExecution;
  readonly request: ServeRequest;
  readonly guards: Guards;
}

/** Wrappers run at once; an entry that was looked at longer ago, in milliseconds, may have been pruned since. */
const FRESH_MS = 100;

/**
 * Serves a sealed call: replays its entry, or runs the tool and commits (DESIGN §7).
 * @throws ToolError, LaunchError and what else the base throws; AnnouncedPathError; the signal's reason
 */
export function* serve(
  context: CacheContext,
  call: SealedCall,
  execution: ServeExecution,
  request: ServeRequest,
): Flow<ServedRun> {
  const guards = guardsOf(call, execution.base, request);
  const serving: Serving = { context, call, execution, request, guards };
  const { looked } = call;
  const current =
    looked.entry !== null && performance.now() - call.lookedAtMs > FRESH_MS ? look(context, call.key) : looked;
  const hit: Replay = current.entry === null ? { run: null, miss: current.miss } : replayEntry(serving, current.entry);
  if (hit.run !== null) return hit.run;
  const { miss } = hit;
  // Where the outputs were announced in the base's own directory, that is where they go.
  const staging = call.staging ?? (looked.entry === null ? null : stage(context));
  if (staging === null) return yield* runUncached(serving, miss);
  return yield* perform({
    sync: () => runBlocking(takeTurn(serving, miss, staging, !context.flights.busy)),
    async: () => shareFlight(serving, miss, staging),
  });
}

/** One run for all equal calls of this thread. */
async function shareFlight(serving: Serving, miss: Miss, staging: Staging): Promise<ServedRun> {
  const { context, call, guards, request } = serving;
  const start = performance.now();
  const watched = watchSink(request.sink);
  const leading: Serving = { ...serving, request: { ...request, sink: watched.sink } };
  const follow = (): Promise<ServedRun | undefined> => {
    const { run } = serveFound(serving, miss, performance.now() - start);
    if (run !== null) staging.discard();
    return Promise.resolve(run ?? undefined);
  };
  try {
    return await context.flights.join(
      [context.root.dir, call.key, guards.text, ...request.okExitCodes].join("\0"),
      () => runUnblocked(takeTurn(leading, miss, staging, true)),
      follow,
      request.signal,
      watched.threw,
    );
  } catch (error) {
    staging.discard();
    throw error;
  }
}

/** Waits for this key's turn among the processes; then its entry is there, or this call makes it. */
function* takeTurn(serving: Serving, miss: Miss, staging: Staging, mayWait: boolean): Flow<ServedRun> {
  const { context, call, guards, request } = serving;
  const lock = lockPath(context.root.dir, call.key, guards.shortDigest);
  let locked = false;
  let cause = miss;
  lockClient().tell({ op: "keep-alive", path: staging.dir });
  try {
    if (mayWait) {
      const turn = yield* claim(
        lock,
        (waitedMs) => serveFound(serving, miss, waitedMs).run ?? undefined,
        request.signal,
      );
      if (turn.kind === "found") return turn.found;
      locked = turn.locked;
      const found = serveFound(serving, miss, turn.waitedMs);
      if (found.run !== null) return found.run;
      cause = found.miss;
      if (turn.waitedMs > 0) emitWaited(serving, turn.waitedMs);
    }
    const explanation = announceMiss(serving, cause);
    serving.execution.base.outputDir = staging.outDir;
    const ran = yield* runInto(serving.execution, request, staging);
    return yield* keepResult(serving, { reason: cause.reason, explanation }, staging, ran);
  } finally {
    lockClient().tell({ op: "let-go", path: staging.dir });
    staging.discard();
    if (locked) yield* release(lock);
  }
}

/**
 * Serves the entry that somebody else made since the key became final, whose lookup ended in `miss`; or
 * says what now is the reason to run.
 */
function serveFound(serving: Serving, miss: Miss, waitedMs: number): Replay {
  const { context, call } = serving;
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

function emitWaited({ context, call }: Serving, waitedMs: number): void {
  context.reporter.emit({ type: "waited", tool: call.label, key: call.key, waitedMs });
}
