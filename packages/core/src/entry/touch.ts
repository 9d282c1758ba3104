import { closeSync, existsSync, openSync, unlinkSync, utimesSync } from "node:fs";
import { debugLog } from "../platform/debug.js";
import { isForbidden, isGone, isSystemError } from "../platform/system-error.js";
import { hasCode } from "../types/errors.js";
import type { Entry } from "./entry.js";
import { BUMP_NAME, PIN_PATH } from "./layout.js";

/** Time of the directory of a pinned entry, in seconds since 1970: no `find -mtime` takes it. */
export const PINNED_TIME_S = Date.UTC(2100, 0, 1) / 1000;

/**
 * Marks `entry` as used now, by the time of its directory; a pinned entry keeps its time. Where another
 * user owns it, a file that is made and removed in it does the same; where that is not allowed, or fails,
 * the entry serves all the same.
 * @returns whether the entry is still there
 */
export function bump({ dir }: Pick<Entry, "dir">): "there" | "vanished" {
  try {
    setTime(dir);
    return "there";
  } catch (error) {
    if (isGone(error)) return "vanished";
    if (!isSystemError(error)) throw error;
    if (!isForbidden(error)) debugLog("entry", "%s was not marked as used: %s", dir, error.message);
    return "there";
  }
}

function setTime(dir: string): void {
  // A pin that came just before another one's bump gets its time back here.
  const timeS = existsSync(`${dir}/${PIN_PATH}`) ? PINNED_TIME_S : Date.now() / 1000;
  try {
    utimesSync(dir, timeS, timeS);
  } catch (error) {
    if (!hasCode(error, "EPERM", "EACCES") || timeS === PINNED_TIME_S) throw error;
    setTimeAsGuest(dir);
  }
}

function setTimeAsGuest(dir: string): void {
  const path = `${dir}/${BUMP_NAME}`;
  try {
    closeSync(openSync(path, "wx")); // exclusive: a link that waits there must not be followed
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error; // another guest's, now or left behind: removing it does as well
  }
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error; // another guest removed it just now: the time is right
  }
}
