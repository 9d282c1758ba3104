import type { Difference, JsonValue } from "@runcache/core";
import { argumentChanges } from "./argument-changes.js";

/** A difference with the values that the key parts have; undefined where there is nothing. */
export type KeyDifference = Difference & {
  readonly before?: JsonValue | undefined;
  readonly after?: JsonValue | undefined;
};

/**
 * What differs between two calls, in the words of the command line: its keys call the arguments
 * `params.argv` and what `--out` names `params.params.outputs`.
 * @param command words of the later one of the two
 */
export function differenceTexts(differences: readonly KeyDifference[], command: readonly string[]): string[] {
  const changes = wordChanges(differences, command);
  const others = changes === null ? differences : differences.filter(({ name }) => !ARGUMENT.test(name));
  const texts = [...(changes ?? []), ...others.map(differenceText).filter((text) => text !== null)];
  // The place of an input is told by the input itself, where that differs too.
  return texts.length > 0 ? texts : differences.map(({ text }) => text);
}

/** The same for programs: one text for each difference, where the values are. */
export function wordedDifferences(differences: readonly KeyDifference[]): KeyDifference[] {
  return differences.map((difference) => ({ ...difference, text: differenceText(difference) ?? difference.text }));
}

/** One line that says why a call was a miss. */
export function missText(
  explanation: string | null,
  differences: readonly KeyDifference[],
  command: readonly string[],
): string {
  return differences.length === 0 ? (explanation ?? "") : differenceTexts(differences, command).join("; ");
}

const ARGUMENT = /^params\.argv\[(\d+)\]$/;

/** More differences than these were not looked for. */
const MOST_DIFFERENCES = 50;

/** What was done to the command line; null where the differences do not say what it was before. */
function wordChanges(differences: readonly KeyDifference[], command: readonly string[]): string[] | null {
  if (differences.length >= MOST_DIFFERENCES) return null;
  const before: (string | undefined)[] = [...command];
  for (const difference of differences) {
    if (!difference.name.startsWith("params.argv")) continue;
    const index = ARGUMENT.exec(difference.name)?.[1];
    if (index === undefined || !isWord(difference.before) || !isWord(difference.after)) return null;
    before[Number(index)] = difference.before;
  }
  return argumentChanges(
    before.filter((word) => word !== undefined),
    command,
  );
}

function isWord(value: JsonValue | undefined): value is string | undefined {
  return value === undefined || typeof value === "string";
}

/** The name of a difference → what stands for it; null leaves the difference out. */
const WORDS: readonly (readonly [pattern: RegExp, words: string | null])[] = [
  [/^params\.argv\[0\] /, "the program: "],
  [/^params\.argv\[(\d+)\](?:\[\d+\])? /, "argument $1: "],
  [/^params\.params\.inputs\[\d+\]/, null],
  [/^params\.params\.outputs\[\d+\] absent → "(.*)"$/, "--out $1 added"],
  [/^params\.params\.outputs\[\d+\] "(.*)" → absent$/, "--out $1 removed"],
  [/^params\.params\.outputs\[\d+\] /, "--out: "],
  [/^params\.stdin/, "standard input"],
  [/^extra\.(\S+) /, "--extra $1: "],
  [/^runner\.program\.executable changed/, "the program itself changed"],
];

function differenceText({ text }: Difference): string | null {
  const rule = WORDS.find(([pattern]) => pattern.test(text));
  if (rule === undefined) return text;
  const [pattern, words] = rule;
  return words === null ? null : text.replace(pattern, words);
}
