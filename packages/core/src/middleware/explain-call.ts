import { missExplainer } from "./announce-miss.js";
import type { CacheContext } from "./cache-context.js";
import type { Explanation } from "./exec.js";
import { guardsOf } from "./guards.js";
import { misfit } from "./replay-entry.js";
import type { SealedCall } from "./seal.js";
import type { ServeExecution, ServeRequest } from "./serve.js";

/** What serving the call would do now, and why. Runs nothing, bumps nothing. */
export function explainCall(
  context: CacheContext,
  call: SealedCall,
  execution: ServeExecution,
  request: ServeRequest,
): Explanation {
  const guards = guardsOf(call, execution.base, request);
  const { entry, miss: absent } = call.looked;
  const miss = entry === null ? absent : misfit({ context, call, execution, request, guards }, entry);
  const { key } = call;
  if (miss === null) return { status: "hit", key, reason: null, explanation: null, nearest: null, differences: [] };
  return { status: "miss", key, reason: miss.reason, ...missExplainer(context, call, miss)() };
}
