import { setMaxListeners } from "node:events";

/**
 * How a call begins that obeys `signal`. One signal ends any number of calls at once, and each listens while it
 * lasts: Node would take the eleventh for a leak, and warn.
 * @throws the signal's reason, where it is aborted
 */
export function heedSignal(signal: AbortSignal | undefined): void {
  signal?.throwIfAborted();
  // Signals that are not Node's own have no such limit.
  if (signal instanceof EventTarget) setMaxListeners(0, signal);
}
