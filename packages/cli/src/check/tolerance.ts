import { badValue } from "../command-line/flags.js";

/** Files in which numbers may differ a little. */
export interface Tolerance {
  readonly pattern: RegExp;
  /** Largest difference of two numbers, as a share of the larger one, and absolute below 1. */
  readonly most: number;
}

/**
 * What `--tolerance GLOB=NUMBER` allows.
 * @throws UsageError `ERR_RUNCACHE_FLAG_VALUE`
 */
export function parseTolerance(given: string): Tolerance {
  const equals = given.lastIndexOf("=");
  const most = Number(given.slice(equals + 1));
  if (equals < 1 || given.endsWith("=") || !(most >= 0 && most < Infinity)) {
    throw badValue("tolerance", given, "a pattern of names and a number, like '*.csv=1e-6'");
  }
  return { pattern: globPattern(given.slice(0, equals)), most };
}

/** `*` and `?` stay within a name, `**` does not; a pattern without a slash is for names at any depth. */
export function globPattern(glob: string): RegExp {
  const source = glob.replaceAll(/\*\*\/?|\*|\?|[^*?]+/g, (piece) => {
    if (piece.startsWith("**")) return piece.endsWith("/") ? "(?:.*/)?" : ".*";
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    return piece.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${glob.includes("/") ? "" : "(?:.*/)?"}${source}$`, "s");
}

const NUMBER = /[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?/g;

/**
 * Whether two texts are equal but for numbers that differ by no more than `most`; if not, the line (from 1)
 * of the first text where they do.
 */
export function differingLine(first: string, second: string, most: number): number | null {
  const [a, b] = [first.split("\n"), second.split("\n")];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined || right === undefined || !isNear(left, right, most)) return index + 1;
  }
  return null;
}

function isNear(left: string, right: string, most: number): boolean {
  if (left === right) return true;
  if (left.replaceAll(NUMBER, "0") !== right.replaceAll(NUMBER, "0")) return false;
  const numbers = [left, right].map((line) => (line.match(NUMBER) ?? []).map(Number));
  const [a = [], b = []] = numbers;
  return a.every((value, index) => {
    const other = b[index] ?? NaN;
    return Math.abs(value - other) <= most * Math.max(1, Math.abs(value), Math.abs(other));
  });
}
