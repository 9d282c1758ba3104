/**
 * Holds the locks and keeps the staging directories of its process young, in a thread of its own:
 * a synchronous run blocks the main thread for hours, and `proper-lockfile` swallows SIGINT and SIGTERM
 * of a thread that loaded it and then blocks.
 */
import { parentPort } from "node:worker_threads";
import { isSystemError } from "../platform/system-error.js";
import { touchNow } from "../platform/touch-now.js";
import { hasCode } from "../types/errors.js";
import { isHeldBy, ownerText } from "./free-lock.js";
import { HoldTable } from "./hold-table.js";
import { lockFiles } from "./lock-files.js";
import {
  KEEP_ALIVE_MS,
  LOCK_ANSWERS,
  LOCK_STALE_MS,
  LOCK_UPDATE_MS,
  type Hold,
  type LockAnswer,
  type LockMessage,
  type LockReply,
  type LockRequest,
} from "./lock-messages.js";

interface HeldLock {
  release(): Promise<void>;
  /** Somebody took the lock over: what lies there is not ours to remove. */
  lost: boolean;
}

const held = new Map<string, HeldLock>();

parentPort?.on("message", ({ id, request, cell }: LockMessage) => {
  // Whatever happened, the asker must not wait: it goes on without a lock, which carries no correctness.
  const failed = (): LockAnswer => "failed";
  void perform(request)
    .catch(failed)
    .then((answer) => {
      if (cell === null) {
        if (id !== 0) parentPort?.postMessage({ id, answer } satisfies LockReply);
      } else {
        const view = new Int32Array(cell);
        Atomics.store(view, 0, LOCK_ANSWERS.indexOf(answer));
        Atomics.notify(view, 0);
      }
    });
});

async function perform(request: LockRequest): Promise<LockAnswer> {
  switch (request.op) {
    case "lock":
      return await acquire(request.path);
    case "unlock":
      return await release(request.path);
    case "watch":
      watch(new HoldTable(request.table));
      return "done";
  }
}

/** Touches locks at every beat, staging directories now and then. */
function watch(table: HoldTable): void {
  /** Id of a hold → when its directory was touched, by `performance.now()`. */
  let touched = new Map<string, number>();
  setInterval(() => {
    const now = performance.now();
    const before = touched;
    touched = new Map();
    for (const { id, text } of table.held()) {
      const { dir, lock } = JSON.parse(text) as Hold;
      if (lock !== null && isHeldBy(lock.path, lock.owner)) touch(lock.path);
      const last = before.get(id) ?? now;
      const isDue = now - last >= KEEP_ALIVE_MS;
      if (isDue) touch(dir);
      touched.set(id, isDue ? now : last);
    }
  }, LOCK_UPDATE_MS);
}

async function acquire(path: string): Promise<LockAnswer> {
  try {
    return await tryLock(path);
  } catch (error) {
    return hasCode(error, "ELOCKED") ? "busy" : "failed";
  }
}

async function tryLock(path: string): Promise<LockAnswer> {
  const mine: HeldLock = { release: () => Promise.resolve(), lost: false };
  // Loaded where a lock is contended: an uncontended one was taken before this thread was asked.
  const { lock } = await import("proper-lockfile");
  mine.release = await lock(path, {
    fs: lockFiles(ownerText()),
    realpath: false,
    lockfilePath: path,
    stale: LOCK_STALE_MS,
    update: LOCK_UPDATE_MS,
    onCompromised: () => (mine.lost = true),
  });
  held.set(path, mine);
  return "done";
}

async function release(path: string): Promise<LockAnswer> {
  const lock = held.get(path);
  if (lock === undefined || lock.lost) return "failed";
  held.delete(path);
  try {
    await lock.release();
    return "done";
  } catch (error) {
    if (hasCode(error, "ERELEASED", "ENOTACQUIRED", "ENOENT", "EACCES", "EROFS")) return "failed";
    throw error;
  }
}

function touch(path: string): void {
  try {
    touchNow(path);
  } catch (error) {
    // Committed or discarded meanwhile, or a cache that went away under the run or cannot be written now.
    if (!isSystemError(error)) throw error;
  }
}
