import { setTimeout as sleep } from "node:timers/promises";
import { perform, type Flow } from "./flow.js";

/**
 * Waits `durationMs` milliseconds.
 * @throws the reason of `signal` where it is aborted, which only a flow that does not block sees at once
 */
export function* pause(durationMs: number, signal?: AbortSignal): Flow<void> {
  yield* perform<void>({
    sync: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs),
    async: async () => {
      try {
        await sleep(durationMs, undefined, signal === undefined ? {} : { signal });
      } catch (error) {
        signal?.throwIfAborted(); // its reason, not the timer's AbortError
        throw error;
      }
    },
  });
}
