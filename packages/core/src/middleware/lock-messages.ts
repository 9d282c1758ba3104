/** What the lock worker is asked. Paths are host paths. */
export type LockRequest =
  | { readonly op: "lock"; readonly path: string }
  | { readonly op: "unlock"; readonly path: string }
  /** From now on touch what is held in the `HoldTable` of this buffer: each text is a `Hold`, as JSON. */
  | { readonly op: "watch"; readonly table: SharedArrayBuffer };

/** What a running call wants kept young. */
export interface Hold {
  /** Its staging directory. */
  readonly dir: string;
  /** The lock that it took itself, which is touched while it is its own. */
  readonly lock: TakenLock | null;
}

/** A lock and what its holder wrote into it. */
export interface TakenLock {
  readonly path: string;
  readonly owner: string;
}

/** How it answers; `busy` means that somebody else holds the lock. */
export const LOCK_ANSWERS = ["pending", "done", "busy", "failed"] as const;
export type LockAnswer = Exclude<(typeof LOCK_ANSWERS)[number], "pending">;

/**
 * A request on its way; nobody asked for an answer to id 0 without a cell. The answer comes as a message, or, where the asking thread blocks, as an index
 * into `LOCK_ANSWERS` in `cell`.
 */
export interface LockMessage {
  readonly id: number;
  readonly request: LockRequest;
  readonly cell: SharedArrayBuffer | null;
}

/** The answer where it comes as a message. */
export interface LockReply {
  readonly id: number;
  readonly answer: LockAnswer;
}

/** Heart-beat of a lock, milliseconds. */
export const LOCK_UPDATE_MS = 10_000;

/** A lock without heart-beat for this long is dead: its machine crashed. Milliseconds. */
export const LOCK_STALE_MS = 90_000;

/** How often a running call's staging directory is touched, milliseconds: cron deletes old ones. */
export const KEEP_ALIVE_MS = 10 * 60_000;
