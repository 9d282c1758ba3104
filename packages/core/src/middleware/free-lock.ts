import { createHash } from "node:crypto";
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseOwner } from "../entry/owner.js";
import { randomName } from "../platform/random-name.js";
import { Spares } from "../platform/spares.js";
import { isSystemError } from "../platform/system-error.js";
import { lifeOfThread, threadIdentity } from "../platform/thread-identity.js";
import { touchNow } from "../platform/touch-now.js";
import { hasCode } from "../types/errors.js";
import { LOCK_UPDATE_MS } from "./lock-messages.js";

/** What a holder writes into its lock: its thread, and what tells this lock from the thread's next one. */
export function ownerText(): string {
  return JSON.stringify({ ...threadIdentity(), nonce: randomName() });
}

/**
 * Takes the lock at the host path `path` where nobody holds it: without the lock worker, which costs the first
 * miss of a process the start of a thread, and as a file, since to make and remove a directory costs many times as
 * much as the rest of a short run. The worker touches it while it is held. Returns the owner's text.
 */
export function takeFreeLock(path: string): { readonly owner: string } | "busy" | "no-place" | "failed" {
  const spare = spareLocks.peek(dirname(path));
  if (spare !== undefined) {
    const taken = linkSpare(spare, path);
    if (taken !== "failed") return taken;
    spareLocks.clear();
  }
  const owner = ownerText();
  try {
    writeFileSync(path, owner, { flag: "wx" });
    return { owner };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (hasCode(error, "EEXIST")) return "busy";
    if (hasCode(error, "ENOENT")) return "no-place";
    removeIf(path, (text) => owner.startsWith(text)); // made on a full disk, and not written, or half
    return "failed"; // that, or read-only: the run goes on without a lock
  }
}

/**
 * Gives it back, unless somebody took it over meanwhile, which costs no more than a run.
 * @param reuse keep the file, under another name, for the locks that this process takes next
 */
export function releaseFreeLock(path: string, owner: string, reuse = false): void {
  if (reuse && hasLinks && spareLocks.peek(dirname(path)) === undefined && isHeldBy(path, owner))
    keepSpare(path, owner);
  else removeIf(path, (text) => text === owner);
}

/** A file that says whose it is: a link to it is a lock. */
interface SpareLock {
  readonly path: string;
  readonly owner: string;
  /** By `performance.now()`. */
  touchedMs: number;
}

let hasLinks = true;

/** By their directory. */
const spareLocks = new Spares<SpareLock>(({ path, owner }) => removeIf(path, (text) => text === owner));

function keepSpare(path: string, owner: string): void {
  const spare = { path: `${path}.${randomName()}`, owner, touchedMs: performance.now() };
  try {
    renameSync(path, spare.path);
    touchNow(spare.path);
    spareLocks.offer(dirname(path), spare);
  } catch (error) {
    if (!isSystemError(error)) throw error; // it becomes stale
  }
}

function linkSpare(spare: SpareLock, path: string): { readonly owner: string } | "busy" | "failed" {
  try {
    if (performance.now() - spare.touchedMs > LOCK_UPDATE_MS) {
      touchNow(spare.path); // before it is a lock: one that looks old is taken over
      spare.touchedMs = performance.now();
    }
    linkSync(spare.path, path);
    return { owner: spare.owner };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (hasCode(error, "EEXIST")) return "busy";
    if (!hasCode(error, "ENOENT")) hasLinks = false; // not every file system has hard links
    return "failed"; // that, or it was swept away with the cache
  }
}

/** Whether the lock at the host path `path` is still that of `owner`. */
export function isHeldBy(path: string, owner: string): boolean {
  return textOf(path) === owner;
}

/**
 * Removes a lock whose holder, a process or a thread of one, ran on this machine and is dead; true where the lock is
 * now free. Several waiters may find that at once, and the lock may have a new holder before the last of them acts: so
 * they take turns, by a lock that is broken in the same way where who held it was killed.
 */
export function breakDeadLock(path: string): boolean {
  const text = textOf(path);
  const owner = text === null ? null : parseOwner(text);
  if (text === null || owner === null || lifeOfThread(owner) !== "dead") return false;
  const turnPath = breakersPath(path, text);
  const turn = takeFreeLock(turnPath);
  if (turn === "busy") return breakDeadLock(turnPath) && breakDeadLock(path);
  try {
    return removeIf(path, (now) => now === text); // on a full disk without a turn: better than to wait for the dead
  } finally {
    if (typeof turn === "object") releaseFreeLock(turnPath, turn.owner);
  }
}

/** Host path of the lock of those who break the lock at `path` that says `text`: no later one says the same. */
export function breakersPath(path: string, text: string): string {
  return `${path}.${createHash("sha256").update(text).digest("hex").slice(0, 32)}`;
}

/** Removes the file at `path` if what it says `isOurs`; true where none is there any more. What stays becomes stale. */
function removeIf(path: string, isOurs: (text: string) => boolean): boolean {
  try {
    if (!isOurs(readFileSync(path, "utf8"))) return false;
    unlinkSync(path);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return hasCode(error, "ENOENT");
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return null;
  }
}
