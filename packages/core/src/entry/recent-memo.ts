import type { Stats } from "node:fs";
import { BoundedMap } from "../platform/bounded-map.js";

const MOST_FILES = 64;

/** What the files of recent calls held when they were seen last: a sweep would read its own lines again and again. */
export class RecentMemo<T> {
  readonly #files = new BoundedMap<string, { readonly stats: Stats; readonly calls: readonly T[] }>(MOST_FILES);
  readonly #keptCalls: number;

  /** Keeps the latest `keptCalls` of a file. */
  constructor(keptCalls: number) {
    this.#keptCalls = keptCalls;
  }

  /** What the host path `file` holds, where `stats` say that it is as it was; else undefined. */
  get(file: string, stats: Stats): readonly T[] | undefined {
    const known = this.#files.get(file);
    return known !== undefined && isSame(known.stats, stats) ? known.calls : undefined;
  }

  set(file: string, stats: Stats, calls: readonly T[]): void {
    this.#files.set(file, { stats, calls });
  }

  /** This process appended `call`, and nobody anything else: where the file was known before, it is now. */
  follow(file: string, before: Stats, after: Stats, call: T): void {
    const known = this.get(file, before);
    if (known !== undefined) this.set(file, after, [...known, call].slice(-this.#keptCalls));
  }
}

/** Lines are only appended; a file that was cut back is another one. */
function isSame(a: Stats, b: Stats): boolean {
  return a.size === b.size && a.ino === b.ino && a.mtimeMs === b.mtimeMs;
}
