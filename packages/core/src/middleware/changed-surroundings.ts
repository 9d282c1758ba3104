import { canonicalText, jcs } from "../hashing/canonical.js";
import { isSystemError } from "../platform/system-error.js";
import { RuncacheError } from "../types/errors.js";
import { environmentOf, partsOf } from "./seal.js";
import type { NotStored, Serving } from "./serve.js";

// A call may wait long between its key and its run, for its caller or for another process.

/** Which variable of the key has another value now, when the tool is to be started; null where none has. */
export function changedEnvironment({ context, call, execution }: Serving): NotStored | null {
  const now = environmentOf(context, execution.base);
  const { env } = partsOf(call);
  const names = new Set([...Object.keys(env), ...Object.keys(now)]);
  const changed = [...names].find((name) => env[name] !== now[name]);
  if (changed === undefined) return null;
  return { reason: "environment-changed", detail: `the variable ${changed} changed before ${call.label} ran` };
}

/** What the base says of itself when the tool has run, against what it said for the key; null where it is the same. */
export function changedSurroundings({ call, execution: { base } }: Serving): NotStored | null {
  if (base.fingerprint === undefined) return null;
  const { runner } = partsOf(call);
  try {
    if (canonicalText(base.fingerprint(), { root: "fingerprint()" }) === jcs(runner)) return null;
  } catch (error) {
    if (!(error instanceof RuncacheError) && !isSystemError(error)) throw error; // a file of it is gone, say
  }
  const detail = `what ${call.label} runs with (toolchain, environment, engine) changed while it was waited for or ran`;
  return { reason: "environment-changed", detail };
}
