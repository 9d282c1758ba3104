import { relative } from "node:path";
import type { Doubt } from "./collect-outputs.js";
import type { PathStamps } from "./path-stamps.js";

/** What a run wrote below `cwd` although nobody declared it, or null. */
export function undeclaredWrite(before: PathStamps, after: PathStamps, cwd: string): Doubt | null {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const changed = paths.filter((path) => before.get(path) !== after.get(path)).map((path) => relative(cwd, path));
  const [first] = changed.sort();
  if (first === undefined) return null;
  const others = changed.length === 1 ? "" : ` and ${changed.length - 1} more`;
  return { reason: "undeclared-write", detail: `the run wrote ${first}${others}, which no --out declares` };
}
