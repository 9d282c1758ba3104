import { perform, type Flow } from "../platform/flow.js";
import { pause } from "../platform/pause.js";
import { breakDeadLock, releaseFreeLock, takeFreeLock } from "./free-lock.js";
import { lockClient } from "./lock-client.js";
import type { LockAnswer, LockRequest, TakenLock } from "./lock-messages.js";

/** A waiter looks again after this share of what it has waited already: it adds little to any wait. */
const PAUSE_SHARE = 0.08;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 500;

/** How often a waiter asks for the takeover of a lock whose holder, on another machine, gives no sign of life. */
const TAKEOVER_EVERY_MS = 10_000;

/** After this long a waiter runs the tool itself. Milliseconds. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** What came of waiting for a key's turn; `waitedMs` is 0 where nobody else held the lock. */
export type Claim<T> =
  | { readonly kind: "found"; readonly found: T }
  | { readonly kind: "turn"; readonly lock: HeldLock | null; readonly waitedMs: number };

/** A lock of this call. */
export interface HeldLock {
  /** What the worker is to touch while the tool runs; null of one that the worker holds itself. */
  readonly taken: TakenLock | null;
  /** Gives it back. */
  release(): Flow<void>;
}

/** Where locks lie. */
export interface LockPlace {
  /** Makes their directory. Returns whether it could. */
  readonly makePlace: () => boolean;
  /** Whether this process will soon take another lock. @default false */
  readonly reuse?: boolean;
}

/**
 * Takes the lock at `lockPath`, or finds what its holder made: `look` is asked at every poll. Where no lock can
 * be had (read-only, full, an hour gone), the turn is the caller's without one.
 * @throws the signal's reason
 */
export function* claim<T>(
  lockPath: string,
  place: LockPlace,
  look: (waitedMs: number) => T | undefined,
  signal: AbortSignal | undefined,
): Flow<Claim<T>> {
  const start = performance.now();
  let nextTakeoverMs = TAKEOVER_EVERY_MS;
  for (let polls = 0; ; polls++) {
    signal?.throwIfAborted();
    const waitedMs = polls === 0 ? 0 : performance.now() - start;
    if (polls > 0) {
      const found = look(waitedMs);
      if (found !== undefined) return { kind: "found", found };
    }
    const lock = takeLock(lockPath, place);
    if (lock !== "busy") return { kind: "turn", lock, waitedMs };
    if (waitedMs > nextTakeoverMs) {
      nextTakeoverMs = waitedMs + TAKEOVER_EVERY_MS;
      const taken = yield* takeOver(lockPath);
      if (taken !== null) return { kind: "turn", lock: taken, waitedMs };
    }
    if (waitedMs > LONGEST_WAIT_MS) return { kind: "turn", lock: null, waitedMs };
    const pauseMs = Math.min(Math.max(waitedMs * PAUSE_SHARE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    yield* pause(pauseMs * (0.5 + Math.random()), signal);
  }
}

/** The lock, where nobody who may live holds it; null where none can be had. */
function takeLock(path: string, { makePlace, reuse = false }: LockPlace): HeldLock | "busy" | null {
  let free = takeFreeLock(path);
  if ((free === "busy" && breakDeadLock(path)) || (free === "no-place" && makePlace())) free = takeFreeLock(path);
  if (free === "busy") return "busy";
  if (free === "no-place" || free === "failed") return null;
  const { owner } = free;
  return {
    taken: { path, owner },
    // eslint-disable-next-line require-yield -- other locks wait for the worker here
    *release() {
      releaseFreeLock(path, owner, reuse);
    },
  };
}

/** The lock of a holder without heart-beat, or null. */
function* takeOver(path: string): Flow<HeldLock | null> {
  if ((yield* ask({ op: "lock", path })) !== "done") return null;
  return {
    taken: null,
    *release() {
      yield* ask({ op: "unlock", path });
    },
  };
}

function* ask(request: LockRequest): Flow<LockAnswer> {
  return yield* perform({
    sync: () => lockClient().askBlocking(request),
    async: () => lockClient().ask(request),
  });
}
