import { AsyncLocalStorage } from "node:async_hooks";

const bypassed = new AsyncLocalStorage<boolean>();

/**
 * Calls `fn` with the cache switched off: executions started in it, also after an `await`, run on the
 * base. Other async contexts and threads do not see it.
 * @returns what `fn` returns
 * @example
 * ```ts
 * import { bypass } from "@runcache/core";
 * const fresh = bypass(() => Date.now());
 * ```
 */
export function bypass<T>(fn: () => T): T {
  return bypassed.run(true, fn);
}

/**
 * Calls `fn` with the cache switched on, also inside a `bypass`.
 * @returns what `fn` returns
 */
export function enabled<T>(fn: () => T): T {
  return bypassed.run(false, fn);
}

/** Whether the caller stands in a `bypass` that no `enabled` lifted. */
export function isBypassed(): boolean {
  return bypassed.getStore() === true;
}
