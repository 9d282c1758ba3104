import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What is copied in less time than anybody takes to interrupt it. */
const MOST_BYTES = 32 * 1024 * 1024;
const MOST_FILES = 500;

/** Whether copying what lies at the host `paths` takes so long that somebody may want to interrupt it. */
export function takesLong(paths: readonly string[]): boolean {
  const waiting = [...paths];
  let bytes = 0;
  for (let files = 0; files < MOST_FILES && bytes < MOST_BYTES; files++) {
    const path = waiting.pop();
    if (path === undefined) return false;
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) waiting.push(...readdirSync(path).map((name) => join(path, name)));
    else bytes += stats?.size ?? 0;
  }
  return true;
}
