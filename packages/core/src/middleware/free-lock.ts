import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { readOwner } from "../entry/owner.js";
import { isDeadHere, processIdentity, type ProcessIdentity } from "../platform/process-identity.js";
import { randomName } from "../platform/random-name.js";
import { Spares } from "../platform/spares.js";
import { isSystemError } from "../platform/system-error.js";
import { touchNow } from "../platform/touch-now.js";
import { hasCode } from "../types/errors.js";
import { LOCK_UPDATE_MS } from "./lock-messages.js";

/** What a holder writes into its lock: its process, and what tells this lock from the process's next one. */
export function ownerText(): string {
  return JSON.stringify({ ...processIdentity(), nonce: randomName() });
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

/** Removes a lock whose holder ran on this machine and is dead; true where the lock is now free. */
export function breakDeadLock(path: string): boolean {
  const owner = ownerOf(path);
  if (owner === null || !isDeadHere(owner)) return false;
  const away = `${path}.${randomName()}`;
  try {
    renameSync(path, away); // one winner, however many waiters found the holder dead
    unlinkSync(away);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return hasCode(error, "ENOENT");
  }
}

/** Null where the owner is being written, or cannot be read: there is another poll. */
function ownerOf(path: string): ProcessIdentity | null {
  try {
    return readOwner(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return null;
  }
}

/** What cannot be removed becomes stale. */
function removeIf(path: string, isOurs: (text: string) => boolean): void {
  const text = textOf(path);
  if (text === null || !isOurs(text)) return;
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
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
