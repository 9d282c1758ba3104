import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import { firstDifference, firstDifferenceBut, type Place } from "./compare-files.js";
import type { Tolerance } from "./tolerance.js";

/** One path that is not the same in two trees. */
export interface TreeDifference {
  /** Relative to both. */
  readonly path: string;
  readonly change: "missing" | "added" | "kind" | "mode" | "content";
  /** Where the contents first differ; null for any other change. */
  readonly place: Place | null;
}

/**
 * What differs between the host directories `first` and `second`; names in `without` at the top are left
 * out. Times and owners do not count, nor do permissions but the owner's to execute.
 * @throws what the file system throws
 */
export function compareTrees(
  first: string,
  second: string,
  { without, tolerances }: { readonly without: readonly string[]; readonly tolerances: readonly Tolerance[] },
): TreeDifference[] {
  const [before, after] = [first, second].map((dir) => membersOf(dir, without)) as [Members, Members];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path): TreeDifference[] => {
    const [a, b] = [before.get(path), after.get(path)];
    if (b === undefined) return [{ path, change: "missing", place: null }];
    if (a === undefined) return [{ path, change: "added", place: null }];
    if (kindOf(a) !== kindOf(b)) return [{ path, change: "kind", place: null }];
    if (a.isSymbolicLink()) return sameLink(join(first, path), join(second, path)) ? [] : [changed(path, null)];
    if (!a.isFile()) return [];
    const most = tolerances.findLast(({ pattern }) => pattern.test(path))?.most;
    const [left, right] = [join(first, path), join(second, path)];
    const place = most === undefined ? firstDifference(left, right) : firstDifferenceBut(left, right, most);
    if (place !== null) return [changed(path, place)];
    return (a.mode & 0o100) === (b.mode & 0o100) ? [] : [{ path, change: "mode", place: null }];
  });
}

function changed(path: string, place: Place | null): TreeDifference {
  return { path, change: "content", place };
}

type Members = ReadonlyMap<string, Stats>;

function membersOf(dir: string, without: readonly string[]): Members {
  const members = new Map<string, Stats>();
  const visit = (path: string): void => {
    for (const name of readdirSync(join(dir, path))) {
      const member = join(path, name);
      if (without.includes(member)) continue;
      const stats = lstatSync(join(dir, member));
      members.set(member, stats);
      if (stats.isDirectory()) visit(member);
    }
  };
  visit("");
  return members;
}

function kindOf(stats: Stats): string {
  return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : stats.isSymbolicLink() ? "link" : "other";
}

function sameLink(a: string, b: string): boolean {
  return readlinkSync(a) === readlinkSync(b);
}
