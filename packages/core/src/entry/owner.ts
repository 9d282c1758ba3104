import { readFileSync } from "node:fs";
import type { ProcessIdentity } from "../platform/process-identity.js";
import { isForbidden, isGone } from "../platform/system-error.js";

/**
 * The process that the file at the host path `path` names; null where there is no such file: its maker died
 * at once, or keeps it to itself.
 * @throws what the file system throws
 */
export function readOwner(path: string): ProcessIdentity | null {
  try {
    return parseOwner(readFileSync(path, "utf8"));
  } catch (error) {
    if (isGone(error) || isForbidden(error)) return null;
    throw error;
  }
}

/** The process that `text` names; null where it is cut off. */
export function parseOwner(text: string): ProcessIdentity | null {
  try {
    const owner = JSON.parse(text) as Partial<ProcessIdentity> | null;
    return typeof owner?.host === "string" && typeof owner.pid === "number" ? (owner as ProcessIdentity) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null; // cut off
    throw error;
  }
}
