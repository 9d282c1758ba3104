import { basename, dirname, join, relative } from "node:path";
import { isAtOrBelow } from "./declared-outputs.js";
import { namedPaths, stemOf, type NamedPaths } from "./named-paths.js";
import { isPipe, namesIfAny, ownStreams, stampNamed, statIfAny, fileId } from "./named-stamps.js";
import { DIRECTORY, lstatIfAny, stampOf, type PathStamps } from "./path-stamps.js";

/** What a run did to what its arguments name, as the user would write the paths. */
export interface NamedChanges {
  readonly written: readonly string[];
  readonly deleted: readonly string[];
  /** Inputs that were inferred from arguments, and that the run wrote. */
  readonly changedInputs: readonly string[];
}

export interface NamedWatchOptions {
  /** Absolute host path of the working directory. */
  readonly cwd: string;
  readonly command: readonly string[];
  /** Host paths at and below which everybody may write. */
  readonly except: readonly string[];
  /** Host paths of the inputs that were inferred. */
  readonly inferred: ReadonlySet<string>;
  /** Whether directories that arguments name are looked into. */
  readonly looksInside: boolean;
}

/** A directory with more in it is not looked into. */
const MOST_INSIDE = 10_000;

/** Where nothing that lies there is a result. */
const NO_FILES = /^\/(?:proc|sys|dev(?!\/shm\/))(?:\/|$)/;

/** What runcache itself makes beside outputs that it puts back. */
const DRAFT = /^\.runcache-[0-9a-f]{16}\.(?:new|old)$/;

/**
 * Looks, before and after a run, at what its arguments name: what is written there although no `--out`
 * says so would be lost on a hit. Made right before the run.
 */
export class NamedWatch {
  readonly #options: NamedWatchOptions;
  readonly #paths: NamedPaths;
  readonly #exact: PathStamps;
  /** Host paths whose names were made of arguments. */
  readonly #derived: ReadonlySet<string>;
  /** Host path of a directory that an argument names → what was in it. */
  readonly #inside: ReadonlyMap<string, PathStamps>;

  constructor(options: NamedWatchOptions) {
    this.#options = options;
    this.#paths = namedPaths(options.command, options.cwd);
    this.#exact = this.#stampExact();
    this.#derived = this.#findDerived();
    this.#inside = options.looksInside ? this.#stampInside() : new Map<string, PathStamps>();
  }

  /**
   * What is not as it was. Where the command spoke to a pipe (`spoke`), only at the very paths: whoever
   * reads there may write files of such names beside it.
   */
  changes({ spoke }: { readonly spoke: boolean }): NamedChanges {
    const after = this.#stampExact();
    const changed = [...this.#paths.exact].filter(([path]) => this.#exact.get(path) !== after.get(path));
    const [deleted, written] = split(changed, ([path]) => !after.has(path));
    const [changedInputs, others] = split(written, ([path]) => this.#options.inferred.has(path));
    const more = spoke && isPipe(1) ? [] : [...this.#newDerived(), ...this.#changedInside()];
    const fresh = [...others, ...more].flatMap((pair) => (this.#isNewParent(pair[0]) ? this.#madeIn(pair) : [pair]));
    const all = new Map(fresh.filter(([path]) => !this.#options.inferred.has(path)));
    const outermost = [...all].filter(([path]) => !ancestorsOf(path).some((dir) => all.has(dir)));
    const given = (pairs: readonly (readonly [string, string])[]) => pairs.map(([, text]) => text).sort();
    return { written: given(outermost), deleted: given(deleted), changedInputs: given(changedInputs) };
  }

  #isWatched(path: string): boolean {
    return !NO_FILES.test(path) && !this.#options.except.some((root) => isAtOrBelow(path, root));
  }

  /** Whether the run made the directory `path` on its way to where everybody may write: a hit does that, too. */
  #isNewParent(path: string): boolean {
    return !this.#exact.has(path) && this.#isWay(path) && lstatIfAny(path)?.isDirectory() === true;
  }

  #isWay(path: string): boolean {
    return this.#options.except.some((root) => isAtOrBelow(root, path));
  }

  /** What lies in a new directory, as if it had been empty before, but the ways to where everybody may write. */
  #madeIn([dir, given]: readonly [string, string]): [path: string, given: string][] {
    const made = [...(this.#membersOf(dir, Infinity) ?? [])].filter(
      ([path, stamp]) => stamp !== DIRECTORY || !this.#isWay(path),
    );
    return made.map(([path]) => [path, join(given, relative(dir, path))]);
  }

  #stampExact(): PathStamps {
    const own = ownStreams();
    const stamps = new Map<string, string>();
    for (const path of this.#paths.exact.keys()) {
      const stamp = this.#isWatched(path) ? stampNamed(path, own, this.#options.inferred.has(path)) : null;
      if (stamp !== null) stamps.set(path, stamp);
    }
    return stamps;
  }

  #findDerived(): Set<string> {
    const namesByDir = new Map<string, Set<string>>();
    for (const stem of this.#paths.stems.keys()) {
      if (!this.#isWatched(stem)) continue;
      const names = namesByDir.get(dirname(stem)) ?? new Set<string>();
      namesByDir.set(dirname(stem), names.add(basename(stem)));
    }
    const found = new Set<string>();
    for (const [dir, stems] of namesByDir) {
      for (const name of namesIfAny(dir)) {
        const path = join(dir, name);
        if (stemOf(name, stems) !== undefined && this.#isWatched(path)) found.add(path);
      }
    }
    return found;
  }

  #newDerived(): [path: string, given: string][] {
    const stems = this.#paths.stems;
    const fresh = [...this.#findDerived()].filter((path) => !this.#derived.has(path));
    return fresh.map((path) => {
      const dir = dirname(path);
      const names = new Set([...stems.keys()].filter((stem) => dirname(stem) === dir).map((stem) => basename(stem)));
      const stem = stemOf(basename(path), names) ?? "";
      return [path, (stems.get(join(dir, stem)) ?? "") + basename(path).slice(stem.length)];
    });
  }

  #stampInside(): Map<string, PathStamps> {
    const stamps = new Map<string, PathStamps>();
    for (const path of this.#paths.stems.keys()) this.#lookInto(path, stamps);
    // The working directory itself and what holds it are no stems, and directories all the same.
    for (const path of this.#paths.exact.keys()) if (path === this.#options.cwd) this.#lookInto(path, stamps);
    return stamps;
  }

  #lookInto(path: string, stamps: Map<string, PathStamps>): void {
    const stats = this.#isWatched(path) ? statIfAny(path) : undefined;
    // Where the sticky bit is, as on /tmp, everybody writes.
    if (stats?.isDirectory() !== true || (stats.mode & 0o1000n) !== 0n) return;
    const members = this.#membersOf(path, MOST_INSIDE);
    if (members !== null) stamps.set(path, members);
  }

  #changedInside(): [path: string, given: string][] {
    return [...this.#inside].flatMap(([dir, before]) => {
      const given = this.#paths.exact.get(dir) ?? "";
      const after = this.#membersOf(dir, Infinity) ?? new Map<string, string>();
      const changed = [...after].filter(([path, stamp]) => before.get(path) !== stamp);
      return changed.map(([path]): [string, string] => [path, join(given, relative(dir, path))]);
    });
  }

  /** Stamps of what lies in the host directory `root`; null where that is more than `most`. */
  #membersOf(root: string, most: number): PathStamps | null {
    const own = ownStreams();
    const stamps = new Map<string, string>();
    const waiting = [root];
    for (let dir = waiting.pop(); dir !== undefined; dir = waiting.pop()) {
      for (const name of namesIfAny(dir)) {
        const path = join(dir, name);
        if (DRAFT.test(name) || !this.#isWatched(path)) continue;
        if (stamps.size >= most) return null;
        const stats = lstatIfAny(path);
        if (stats === undefined) continue;
        stamps.set(path, own.has(fileId(stats)) ? "stream" : stampOf(stats));
        if (stats.isDirectory()) waiting.push(path);
      }
    }
    return stamps;
  }
}

function ancestorsOf(path: string): string[] {
  const dir = dirname(path);
  return dir === path ? [] : [dir, ...ancestorsOf(dir)];
}

function split<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
