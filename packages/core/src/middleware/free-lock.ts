import { mkdirSync, readFileSync, renameSync, rmdirSync, unlinkSync, writeFileSync } from "node:fs";
import { lockOwnerPath } from "../entry/layout.js";
import { readOwner } from "../entry/owner.js";
import { isDeadHere, processIdentity, type ProcessIdentity } from "../platform/process-identity.js";
import { randomName } from "../platform/random-name.js";
import { isSystemError } from "../platform/system-error.js";
import { hasCode } from "../types/errors.js";

/** What a holder writes beside its lock: its process, and what tells this lock from the process's next one. */
export function ownerText(): string {
  return JSON.stringify({ ...processIdentity(), nonce: randomName() });
}

/**
 * Takes the lock at the host path `path` where nobody holds it, without the lock worker, which costs the first
 * miss of a process the start of a thread. It is a lock of `proper-lockfile` to everyone else: a directory that
 * its holder touches (the worker does, while it is held). Returns the owner's text.
 */
export function takeFreeLock(path: string): { readonly owner: string } | "busy" | "failed" {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return hasCode(error, "EEXIST") ? "busy" : "failed"; // read-only, full, vanished: the run goes on without a lock
  }
  const owner = ownerText();
  try {
    writeFileSync(lockOwnerPath(path), owner);
    return { owner };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    quietly(() => rmdirSync(path));
    return "failed";
  }
}

/** Gives it back, unless somebody took it over meanwhile, which costs no more than a run. */
export function releaseFreeLock(path: string, owner: string): void {
  if (!isHeldBy(path, owner)) return;
  quietly(() => {
    unlinkSync(lockOwnerPath(path));
    rmdirSync(path);
  });
}

/** Whether the lock at the host path `path` is still that of `owner`. */
export function isHeldBy(path: string, owner: string): boolean {
  try {
    return readFileSync(lockOwnerPath(path), "utf8") === owner;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}

/** Removes a lock whose holder ran on this machine and is dead; true where the lock is now free. */
export function breakDeadLock(path: string): boolean {
  const owner = ownerOf(path);
  if (owner === null || !isDeadHere(owner)) return false;
  const away = `${path}.${randomName()}`;
  try {
    renameSync(path, away); // one winner, however many waiters found the holder dead
    rmdirSync(away);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return hasCode(error, "ENOENT");
  }
}

/** Null where the owner is being written or removed, or cannot be read: there is another poll. */
function ownerOf(path: string): ProcessIdentity | null {
  try {
    return readOwner(lockOwnerPath(path));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return null;
  }
}

/** What cannot be removed becomes stale. */
function quietly(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
