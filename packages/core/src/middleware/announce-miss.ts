import { nearestOf, recentCalls } from "../entry/recent.js";
import type { CacheKey } from "../types/brand.js";
import type { CacheEvent, Difference } from "../types/event.js";
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

/** Emits the miss. Returns what explains it. */
export function announceMiss({ context, call }: Serving, miss: Miss): () => MissExplanation {
  const explained = missExplainer(context, call, miss);
  const event: CacheEvent = {
    type: "miss",
    tool: call.label,
    key: call.key,
    reason: miss.reason,
    get explanation() {
      return explained().explanation;
    },
    get nearest() {
      return explained().nearest;
    },
    get differences() {
      return explained().differences;
    },
  };
  context.reporter.emit(event);
  return explained;
}

/**
 * Where nothing stands at the key's place, the difference to the nearest earlier entry says why. The calls
 * that were there are noted now, and compared where somebody asks: a sweep makes thousands of misses that nobody does.
 */
export function missExplainer({ root }: CacheContext, call: SealedCall, miss: Miss): () => MissExplanation {
  if (miss.reason !== "absent") return () => ({ explanation: miss.detail, nearest: null, differences: [] });
  const { label, keyText } = call;
  const calls = recentCalls(root, label);
  let explained: MissExplanation | undefined;
  return () => (explained ??= explainAbsent(label, keyText, calls));
}

function explainAbsent(label: string, keyText: string, calls: ReturnType<typeof recentCalls>): MissExplanation {
  const near = nearestOf(calls, partsOf({ keyText }));
  if (near === null) return { explanation: `first run of ${label}`, nearest: null, differences: [] };
  const { differences } = near;
  const explanation = differences.map(({ text }) => text).join("; ");
  return { explanation: explanation === "" ? "its entry was removed" : explanation, nearest: near.key, differences };
}
