import { readdirSync } from "node:fs";
import { isGone } from "./system-error.js";

/**
 * The names in the host directory `dir`; none where it is gone.
 * @throws what the file system throws
 */
export function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}
