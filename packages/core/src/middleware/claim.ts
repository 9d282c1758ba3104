import { perform, type Flow } from "../platform/flow.js";
import { pause } from "../platform/pause.js";
import { lockClient } from "./lock-client.js";
import type { LockAnswer } from "./lock-messages.js";

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/** After this long a waiter runs the tool itself. Milliseconds. */
const LONGEST_WAIT_MS = 60 * 60_000;

/** What came of waiting for a key's turn; `waitedMs` is 0 where nobody else held the lock. */
export type Claim<T> =
  | { readonly kind: "found"; readonly found: T }
  | { readonly kind: "turn"; readonly locked: boolean; readonly waitedMs: number };

/**
 * Takes the lock at `lockPath`, or finds what its holder made: `look` is asked at every poll. Where no
 * lock can be had (read-only, full, an hour gone), the turn is the caller's without one.
 * @throws the signal's reason
 */
export function* claim<T>(
  lockPath: string,
  look: (waitedMs: number) => T | undefined,
  signal: AbortSignal | undefined,
): Flow<Claim<T>> {
  const start = performance.now();
  for (let polls = 0, pauseMs = FIRST_PAUSE_MS; ; polls++, pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    signal?.throwIfAborted();
    const waitedMs = polls === 0 ? 0 : performance.now() - start;
    if (polls > 0) {
      const found = look(waitedMs);
      if (found !== undefined) return { kind: "found", found };
    }
    const answer = yield* tryLock(lockPath);
    if (answer !== "busy" || waitedMs > LONGEST_WAIT_MS) return { kind: "turn", locked: answer === "done", waitedMs };
    yield* pause(pauseMs * (0.5 + Math.random()), signal);
  }
}

/** Gives the lock at `lockPath` back. */
export function* release(lockPath: string): Flow<void> {
  const request = { op: "unlock", path: lockPath } as const;
  yield* perform({
    sync: () => lockClient().askBlocking(request),
    async: () => lockClient().ask(request),
  });
}

function* tryLock(path: string): Flow<LockAnswer> {
  const request = { op: "lock", path } as const;
  return yield* perform({
    sync: () => lockClient().askBlocking(request),
    async: () => lockClient().ask(request),
  });
}
