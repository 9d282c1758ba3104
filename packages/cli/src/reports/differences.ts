import type { Difference } from "@runcache/core";

/**
 * What differs between two calls, in the words of the command line: its keys call the arguments
 * `params.argv` and what `--out` names `params.params.outputs`.
 */
export function differenceTexts(differences: readonly Difference[]): string[] {
  const texts = differences.map(({ text }) => reworded(text)).filter((text) => text !== null);
  // The place of an input is told by the input itself, where that differs too.
  return texts.length > 0 ? texts : differences.map(({ text }) => text);
}

/** The name of a difference → what stands for it; null leaves the difference out. */
const WORDS: readonly (readonly [pattern: RegExp, words: string | null])[] = [
  [/^params\.argv\[0\]/, "the program"],
  [/^params\.argv\[(\d+)\]/, "argument $1"],
  [/^params\.params\.inputs\[\d+\]/, null],
  [/^params\.params\.outputs\[\d+\]/, "output"],
  [/^params\.stdin/, "standard input"],
  [/^runner\.program\.executable changed/, "the program itself changed"],
];

function reworded(text: string): string | null {
  const rule = WORDS.find(([pattern]) => pattern.test(text));
  if (rule === undefined) return text;
  const [pattern, words] = rule;
  return words === null ? null : text.replace(pattern, words);
}

/** One line that says why a call was a miss. */
export function missText(explanation: string | null, differences: readonly Difference[]): string {
  return differences.length === 0 ? (explanation ?? "") : differenceTexts(differences).join("; ");
}
