import type { Entry } from "../entry/entry.js";
import { perform, runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import type { CacheKey } from "../types/brand.js";
import type { MissReason, NotStoredReason } from "../types/event.js";
import type { CacheableExecution, Metadata } from "../types/runner.js";
import type { MissExplanation } from "./announce-miss.js";
import type { CacheContext } from "./cache-context.js";
import { guardsOf, type Guards } from "./guards.js";
import { look, type Miss } from "./look.js";
import { replayEntry, type Replay } from "./replay-entry.js";
import { runUncached } from "./run-uncached.js";
import { discardPlace, type SealedCall } from "./seal.js";
import { watchSink, type StreamSink } from "./stream-sink.js";
import { emitWaited, serveFound, takeTurn } from "./take-turn.js";

/** What the last step of a call adds. */
export interface ServeRequest {
  readonly cargs: readonly string[];
  /** Host path of the input that standard input reads, or null. */
  readonly stdin: string | null;
  readonly sink: StreamSink;
  readonly okExitCodes: readonly number[];
  readonly signal: AbortSignal | undefined;
  /** Streams up to this size, in bytes, are kept in memory where no entry will hold them. */
  readonly keptStreamBytes: number;
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
  /** Why the tool ran, or null for a hit. Worked out when it is asked for. */
  readonly explain: (() => MissExplanation) | null;
  /** Host path where the outputs lie. */
  readonly outputDir: string;
  readonly exitCode: number;
  /** Milliseconds that the tool ran, now or when the entry was made. */
  readonly durationMs: number;
  /** The entry that holds the result, or null where it was not stored. */
  readonly entry: Entry | null;
  readonly notStored: NotStored | null;
  /** Both streams of a result without an entry, where they are not larger than the request keeps. */
  readonly streams: { readonly stdout: Buffer; readonly stderr: Buffer } | null;
  /** Why the streams could not be recorded, though handlers saw them; absent: they were. */
  readonly lostStreams?: string;
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
  if (call.place === "own") return yield* runUncached(serving, miss);
  return yield* perform({
    sync: () => context.flights.block((mayWait) => runBlocking(takeTurn(serving, miss, mayWait))),
    async: () => shareFlight(serving, miss),
  });
}

/** For those who share a result that is not stored. Bytes. */
const LARGEST_SHARED_STREAM = 64 * 2 ** 20;

/** One run for all equal calls of this thread. */
async function shareFlight(serving: Serving, miss: Miss): Promise<ServedRun> {
  const { context, call, guards, request } = serving;
  const start = performance.now();
  const watched = watchSink(request.sink);
  const keptStreamBytes = Math.max(request.keptStreamBytes, LARGEST_SHARED_STREAM);
  const leading: Serving = { ...serving, request: { ...request, keptStreamBytes, sink: watched.sink } };
  const follow = (led: ServedRun | undefined): ServedRun | undefined => {
    const waitedMs = performance.now() - start;
    const found = serveFound(serving, miss, waitedMs).run ?? (led && serveShared(serving, led, waitedMs));
    if (found !== undefined) discardPlace(call);
    return found;
  };
  try {
    return await context.flights.join(
      [context.root.dir, call.key, guards.text, ...request.okExitCodes].join("\0"),
      () => runUnblocked(takeTurn(leading, miss, true)),
      follow,
      request.signal,
      watched.threw,
    );
  } catch (error) {
    discardPlace(call);
    throw error;
  }
}

/**
 * Serves what the leader of this call's flight made and could not store: to run once more would replace the
 * outputs that it was promised. Undefined where this caller was promised another place, or its streams are gone.
 */
function serveShared(serving: Serving, led: ServedRun, waitedMs: number): ServedRun | undefined {
  const { call, execution, request } = serving;
  const isInPlace = !execution.announced || led.outputDir === call.announcedDir;
  if (led.entry !== null || led.streams === null || !isInPlace) return undefined;
  emitWaited(serving, waitedMs);
  const { stdout, stderr } = led.streams;
  request.sink.stdout?.(stdout);
  request.sink.stderr?.(stderr);
  request.sink.end();
  return led;
}
