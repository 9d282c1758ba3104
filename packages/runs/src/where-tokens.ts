import { UsageError } from "@runcache/core";

/** A piece of a condition's text; `at` is where it begins in it. */
export type Token =
  | { readonly kind: "symbol" | "end"; readonly text: string; readonly at: number }
  | { readonly kind: "word"; readonly text: string; readonly at: number; readonly pieces: readonly Piece[] };

/** A part of a word: as it stands, or what quotes held. */
export interface Piece {
  readonly text: string;
  readonly isQuoted: boolean;
}

/** Makes the error of what is wrong there. */
type Fail = (text: string, at: number, fault: string) => UsageError;

/** Longest text in a message. */
const LONGEST = 200;

const BLANK = /\s+/y;
const SYMBOL = /[=!<>]+|[(),]/y;
const BARE = /[^\s=!<>(),"']+/y;

/**
 * The pieces of a condition's text, an `end` last. A quote inside quotes is written twice.
 * @throws UsageError what `fail` makes, where quotes stay open
 */
export function tokensOf(text: string, fail: Fail = textError): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const blank = match(BLANK, text, at);
    at += blank.length;
    if (at === text.length) break;
    const symbol = match(SYMBOL, text, at);
    if (symbol === "") {
      const { pieces, end } = wordAt(text, at, fail);
      tokens.push({ kind: "word", text: text.slice(at, end), at, pieces });
      at = end;
    } else {
      tokens.push({ kind: "symbol", text: symbol, at });
      at += symbol.length;
    }
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

/** What `pattern` takes of `text` from there. */
function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

function wordAt(text: string, start: number, fail: Fail): { pieces: Piece[]; end: number } {
  const pieces: Piece[] = [];
  let at = start;
  for (;;) {
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const end = closing(text, at, quote, fail);
      pieces.push({ text: text.slice(at + 1, end).replaceAll(quote + quote, quote), isQuoted: true });
      at = end + 1;
      continue;
    }
    const bare = match(BARE, text, at);
    if (bare === "") return { pieces, end: at };
    pieces.push({ text: bare, isQuoted: false });
    at += bare.length;
  }
}

function closing(text: string, start: number, quote: string, fail: Fail): number {
  for (let at = text.indexOf(quote, start + 1); at !== -1; at = text.indexOf(quote, at + 2)) {
    if (text[at + 1] !== quote) return at;
  }
  throw fail(text, start, `the quote ${quote} is never closed`);
}

/** An error in a condition's text. */
export function textError(text: string, at: number, fault: string): UsageError {
  const column = columnAt(text, at);
  const shown = JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
  return new UsageError("ERR_RUNCACHE_WHERE", `where ${shown}, column ${column}: ${fault}`, {
    text,
    column,
  });
}

/** Columns are counted from 1, in characters. */
export function columnAt(text: string, at: number): number {
  return Array.from(text.slice(0, at)).length + 1;
}
