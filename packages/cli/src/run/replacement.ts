import { renameSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { linked } from "./linked.js";
import { lstatIfAny } from "./path-stamps.js";

/** Something new for one host path, which takes its place, or leaves what is there as it was. */
export class Replacement {
  /** Where the new is to be made, beside its place. */
  readonly draft: string;
  readonly #place: string;
  readonly #aside: string;
  #swapped = false;
  #hasAside = false;

  constructor(place: string) {
    // Short, and not made of the name: that may be as long as a name can be.
    const beside = join(dirname(place), `.runcache-${randomBytes(8).toString("hex")}`);
    this.#place = place;
    this.draft = `${beside}.new`;
    this.#aside = `${beside}.old`;
  }

  /** Moves the new into its place; what was there stays until `finish`. */
  swap(): void {
    this.#hasAside = this.#keepOld();
    renameSync(this.draft, this.#place);
    this.#swapped = true;
  }

  /** Removes what was there before. */
  finish(): void {
    if (this.#hasAside) rmSync(this.#aside, { recursive: true, force: true });
  }

  /** Puts everything back. */
  undo(): void {
    rmSync(this.draft, { recursive: true, force: true });
    if (this.#swapped && (!this.#hasAside || isDirectory(this.#aside) || isDirectory(this.#place))) {
      rmSync(this.#place, { recursive: true, force: true });
    }
    if (!this.#hasAside) return;
    renameSync(this.#aside, this.#place);
    // Renaming one name of a file to another one of the same file does nothing at all.
    rmSync(this.#aside, { force: true });
  }

  /** A file gets a second name, so that its place is never empty; where directories are involved, the old moves. */
  #keepOld(): boolean {
    if (lstatIfAny(this.#place) === undefined) return false;
    if (isDirectory(this.#place) || isDirectory(this.draft) || !linked(this.#place, this.#aside)) {
      renameSync(this.#place, this.#aside);
    }
    return true;
  }
}

function isDirectory(path: string): boolean {
  return lstatIfAny(path)?.isDirectory() === true;
}
