import { nearest } from "../entry/recent.js";
import type { CacheKey } from "../types/brand.js";
import type { Difference } from "../types/event.js";
import type { Miss } from "./look.js";
import { partsOf, type SealedCall } from "./seal.js";
import type { Serving } from "./serve.js";
import type { CacheContext } from "./cache-context.js";

/** Why a call misses: for people, and as data. */
export interface MissExplanation {
  readonly explanation: string;
  readonly nearest: CacheKey | null;
  readonly differences: readonly Difference[];
}

/** Emits the miss. Returns its explanation. */
export function announceMiss({ context, call }: Serving, miss: Miss): string {
  const explained = explainMiss(context, call, miss);
  context.reporter.emit({ type: "miss", tool: call.label, key: call.key, reason: miss.reason, ...explained });
  return explained.explanation;
}

/** Where nothing stands at the key's place, the difference to the nearest earlier entry says why. */
export function explainMiss({ root }: CacheContext, { label, keyText }: SealedCall, miss: Miss): MissExplanation {
  if (miss.reason !== "absent") return { explanation: miss.detail, nearest: null, differences: [] };
  const near = nearest(root, label, partsOf({ keyText }));
  if (near === null) {
    return { explanation: `first run of ${label}`, nearest: null, differences: [] };
  }
  const { differences } = near;
  const explanation = differences.map(({ text }) => text).join("; ");
  return { explanation: explanation === "" ? "its entry was removed" : explanation, nearest: near.key, differences };
}
