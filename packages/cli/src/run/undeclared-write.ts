import { relative } from "node:path";
import { quoteWord } from "../output/format.js";
import type { Doubt } from "./collect-outputs.js";
import { isAtOrBelow } from "./declared-outputs.js";
import type { NamedChanges } from "./named-watch.js";
import { DIRECTORY, type PathStamps } from "./path-stamps.js";

/**
 * What a run wrote below `cwd` although nobody declared it, or null. Directories that it made on the way to what
 * `mayChange` are nothing: a hit makes them, too.
 */
export function undeclaredWrite(
  before: PathStamps,
  after: PathStamps,
  { cwd, mayChange }: { readonly cwd: string; readonly mayChange: readonly string[] },
): Doubt | null {
  const isNewWay = (path: string): boolean =>
    !before.has(path) && after.get(path) === DIRECTORY && mayChange.some((root) => isAtOrBelow(root, path));
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  const written = paths.filter((path) => before.get(path) !== after.get(path) && !isNewWay(path));
  const changed = written.map((path) => relative(cwd, path));
  const [first] = changed.sort();
  if (first === undefined) return null;
  const others = changed.length === 1 ? "" : ` and ${changed.length - 1} more`;
  return { reason: "undeclared-write", detail: `the run wrote ${first}${others}, which no --out declares` };
}

/** Why a run that did such `changes` cannot be kept: a hit would not do them. Null where it did none. */
export function lostOnHit({ written, deleted, changedInputs }: NamedChanges): Doubt | null {
  const details: string[] = [];
  if (written.length > 0) details.push(`the run wrote ${listed(written)}, which no --out names: add ${flags(written)}`);
  if (changedInputs.length > 0) {
    const whom = changedInputs.length === 1 ? "it" : "them";
    const hint = `if the command only writes ${whom}, add ${flags(changedInputs)}`;
    details.push(`${listed(changedInputs)} changed during the run: ${hint}`);
  }
  if (deleted.length > 0) details.push(`the run deleted ${listed(deleted)}, which a hit could not do`);
  if (details.length === 0) return null;
  const reason = written.length > 0 || changedInputs.length === 0 ? "undeclared-write" : "input-changed";
  return { reason, detail: details.join("; ") };
}

/** So many paths are named one by one. */
const MOST_NAMED = 8;

function flags(paths: readonly string[]): string {
  return listed(
    paths.map((path) => `--out ${quoteWord(path)}`),
    " ",
  );
}

function listed(texts: readonly string[], separator = ", "): string {
  const named = texts.slice(0, MOST_NAMED).join(separator);
  return texts.length <= MOST_NAMED ? named : `${named} and ${texts.length - MOST_NAMED} more`;
}
