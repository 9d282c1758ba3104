import { quoteWord } from "../output/format.js";

/** Command lines that differ in more words are compared word for word. */
const MOST_ALIGNED = 300;

/** Longer words are cut. Characters. */
const MOST_SHOWN = 60;

/**
 * What differs from the command line `before` to `after`, for people: `argument 4: 0.5 → 0.4`, `argument 1: -n added`.
 * Arguments count from 1, as in a shell; added and changed ones as in `after`, removed ones as in `before`.
 */
export function argumentChanges(before: readonly string[], after: readonly string[]): string[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start += 1;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const [old, now] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  const isShort = Math.max(old.length, now.length) <= MOST_ALIGNED;
  return [...runs(isShort ? alignedPairs(old, now) : [], old.length, now.length)].flatMap(([oldRun, nowRun]) =>
    Array.from({ length: Math.max(oldRun.length, nowRun.length) }, (_, index) => {
      const [from, to] = [oldRun[index], nowRun[index]];
      return change(place(start + (to ?? from ?? 0)), word(old, from), word(now, to));
    }),
  );
}

function place(index: number): string {
  return index === 0 ? "the program" : `argument ${index}`;
}

function change(where: string, before: string | null, after: string | null): string {
  if (before === null) return `${where}: ${after ?? ""} added`;
  return after === null ? `${where}: ${before} removed` : `${where}: ${before} → ${after}`;
}

function word(words: readonly string[], index: number | undefined): string | null {
  const text = index === undefined ? undefined : words[index];
  if (text === undefined) return null;
  const characters = Array.from(text);
  return quoteWord(characters.length <= MOST_SHOWN ? text : `${characters.slice(0, MOST_SHOWN).join("")}…`);
}

type Pair = readonly [old: number, now: number];

/** The stretches between the equal `pairs`: indexes of what went, and of what came in its place. */
function* runs(pairs: readonly Pair[], oldLength: number, nowLength: number): Generator<readonly [number[], number[]]> {
  let [oldAt, nowAt] = [0, 0];
  for (const [old, now] of [...pairs, [oldLength, nowLength] as const]) {
    if (old > oldAt || now > nowAt) yield [range(oldAt, old), range(nowAt, now)];
    [oldAt, nowAt] = [old + 1, now + 1];
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Indexes of a longest common subsequence. */
function alignedPairs(old: readonly string[], now: readonly string[]): Pair[] {
  const lengths = Array.from({ length: old.length + 1 }, () => new Array<number>(now.length + 1).fill(0));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const length = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      (lengths[i] as number[])[j] = length;
    }
  }
  const pairs: Pair[] = [];
  for (let i = 0, j = 0; i < old.length && j < now.length;) {
    if (old[i] === now[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}
