import { renameSync, rmSync, writeFileSync } from "node:fs";
import { randomName } from "./random-name.js";
import { touchNow } from "./touch-now.js";

/**
 * Makes the empty file at the host path `stamp` one of now, by the clock of this machine. Another user may have made the
 * one that is there, and nobody can set the times of another's file: a new one takes its place.
 * @throws what the file system throws
 */
export function renewStamp(stamp: string): void {
  const draft = `${stamp}.${randomName()}`;
  try {
    writeFileSync(draft, "", { flag: "wx" });
    touchNow(draft);
    renameSync(draft, stamp);
  } finally {
    rmSync(draft, { force: true });
  }
}
