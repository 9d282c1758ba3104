import { chmodSync, lstatSync, readdirSync, rmSync } from "node:fs";
import type { InputPath } from "../hashing/input-path.js";
import { debugLog } from "../platform/debug.js";
import { isSystemError, type SystemError } from "../platform/system-error.js";

/**
 * Removes what lies at the host path `path`, read-only directories included; follows no link. What
 * cannot be removed now (somebody holds it, or is removing it too) is left to the next sweep.
 * @returns whether nothing is left
 */
export function removeTree(path: string): boolean {
  if (remove(path) === null) return true;
  const error = openUp(path) ?? remove(path);
  if (error !== null) debugLog("sweep", "%s is left for later: %s", path, error.message);
  return error === null;
}

function remove(path: string): SystemError | null {
  return attempt(() => rmSync(path, { recursive: true, force: true }));
}

/** Removing an entry of a directory needs the right to write the directory. */
function openUp(path: string): SystemError | null {
  return attempt(() => openDirectories(path));
}

function openDirectories(path: InputPath): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const item of readdirSync(path, { withFileTypes: true, encoding: "buffer" })) {
    if (item.isDirectory()) openDirectories(Buffer.concat([Buffer.from(path), Buffer.from("/"), item.name]));
  }
}

function attempt(action: () => void): SystemError | null {
  try {
    action();
    return null;
  } catch (error) {
    if (isSystemError(error)) return error;
    throw error;
  }
}
