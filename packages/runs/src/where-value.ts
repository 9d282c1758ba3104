import type { Token } from "./where-tokens.js";

/** A value of a condition's text, and where it stands. */
export interface TextValue {
  readonly value: PlainValue;
  readonly token: Token;
}

/** What a value can be. */
export type PlainValue = string | number | bigint | boolean | null;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const BIGINT = /^-?\d+n$/;

/** Words that are no text. */
const WORDS: Readonly<Record<string, PlainValue>> = {
  true: true,
  false: false,
  null: null,
  NaN: NaN,
  Infinity: Infinity,
  "-Infinity": -Infinity,
};

/** What an unquoted word is: a number, a word of its own, or else text. */
export function plainValue(word: string): { readonly value: PlainValue } | { readonly fault: string } {
  if (Object.hasOwn(WORDS, word)) return { value: WORDS[word] as PlainValue };
  if (BIGINT.test(word)) return { value: BigInt(word.slice(0, -1)) };
  if (!NUMBER.test(word)) {
    const meant = Object.keys(WORDS).find((known) => known.toLowerCase() === word.toLowerCase());
    return meant === undefined ? { value: word } : { fault: `write ${meant}, or quote the text: "${word}"` };
  }
  const value = Number(word);
  return Number.isFinite(value) ? { value } : { fault: `${word} is larger than any number` };
}
