import { setImmediate } from "node:timers/promises";
import { perform, type Flow } from "../platform/flow.js";

/** How long the event loop may be kept from turning. */
const SLICE_MS = 5;

/**
 * A step for long loops of quick calls: where the caller does not block, it lets the event loop turn
 * whenever that stood still for long.
 */
export function breather(): () => Flow<void> {
  let lastMs = performance.now();
  return function* breathe() {
    if (performance.now() - lastMs < SLICE_MS) return;
    yield* perform({ sync: () => undefined, async: () => setImmediate() });
    lastMs = performance.now();
  };
}
