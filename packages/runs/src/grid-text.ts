import { UsageError } from "@runcache/core";
import { tokensOf, type Token } from "./where-tokens.js";
import { plainValue, type PlainValue } from "./where-value.js";

/**
 * The axis of a grid that a text says: `dt=0.1,0.01` is the name `dt` and two numbers. Values are written as in
 * conditions: quotes keep what holds commas or blanks, or looks like something else (`"4"`).
 * @throws UsageError `ERR_RUNCACHE_GRID` with what is wrong
 */
export function parseAxisText(text: string): readonly [name: string, values: readonly PlainValue[]] {
  const split = text.indexOf("=");
  const name = text.slice(0, Math.max(0, split)).trim();
  if (name === "") throw axisError(text, "write NAME=VALUE,VALUE,…");
  const tokens = tokensOf(text.slice(split + 1), (_, __, fault) => axisError(text, fault));
  return [name, Array.from({ length: Math.ceil(tokens.length / 2) }, (_, place) => valueAt(text, tokens, 2 * place))];
}

/** Values stand at even places, commas and the end at odd ones. */
function valueAt(text: string, tokens: readonly Token[], at: number): PlainValue {
  const [token, next] = [tokens[at], tokens[at + 1]];
  if (token?.kind !== "word") throw axisError(text, 'a value is missing; an empty text is written ""');
  if (next?.kind !== "end" && next?.text !== ",") {
    throw axisError(text, `after ${token.text} comes a comma, or the end; quote what holds blanks or signs`);
  }
  const [first, second] = token.pieces;
  if (first === undefined || second !== undefined) throw axisError(text, `quote ${token.text} as a whole`);
  const read = first.isQuoted ? { value: first.text } : plainValue(first.text);
  if ("fault" in read) throw axisError(text, read.fault);
  return read.value;
}

function axisError(text: string, fault: string): UsageError {
  return new UsageError("ERR_RUNCACHE_GRID", `${JSON.stringify(text)} is no axis of a grid: ${fault}`, { text });
}
