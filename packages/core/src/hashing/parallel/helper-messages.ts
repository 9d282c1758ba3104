import type { BatchData } from "./file-batch.js";
import type { ReadAheadData } from "./read-ahead.js";

/** Work for a helper thread. */
export type HelperTask =
  { readonly kind: "digest"; readonly batch: BatchData } | { readonly kind: "read"; readonly ahead: ReadAheadData };

/** A task on its way to a helper, which answers with its `id` when it is done. */
export interface HelperMessage {
  readonly id: number;
  readonly task: HelperTask;
  /** Number of tasks that the helper has before it; it counts down. */
  readonly load: SharedArrayBuffer;
}
