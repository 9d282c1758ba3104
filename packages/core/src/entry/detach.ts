import { unlinkSync } from "node:fs";
import { isGone } from "../platform/system-error.js";
import type { Entry } from "./entry.js";
import { MANIFEST_PATH } from "./layout.js";

/**
 * Makes `entry` a detached result: its files stay where they are, and the next commit replaces them, but
 * no lookup finds it any more.
 * @returns whether it was an entry until now
 * @throws what the file system throws
 */
export function detach({ dir }: Pick<Entry, "dir">): boolean {
  try {
    unlinkSync(`${dir}/${MANIFEST_PATH}`);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
