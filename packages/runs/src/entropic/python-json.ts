import type { JsonValue } from "@runcache/core";
import { fromCanonical } from "../params.js";

/** Texts, with a colon behind them where they are names; numbers, and what Python writes for those that JSON lacks. */
const TOKEN = /("[^"\\]*(?:\\[^][^"\\]*)*")(\s*:)?|NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * The value of a JSON text that Python wrote, where integers have no limit (beyond 2^53 they are bigints) and
 * `NaN` and `Infinity` are numbers.
 * @throws SyntaxError where it is none
 */
export function readPythonJson(text: string): unknown {
  // As canonical text, which has a notation for each of them.
  const canonical = text.replace(TOKEN, (token, string?: string, colon?: string) => {
    if (string !== undefined) return colon !== undefined && token.startsWith('"$') ? `"$${token.slice(1)}` : token;
    const value = Number(token);
    if (!Number.isFinite(value)) return /^\D*\d/.test(token) ? token : `{"$number":"${token}"}`;
    return /^-?\d+$/.test(token) && !Number.isSafeInteger(value) ? `{"$bigint":"${token}"}` : token;
  });
  return fromCanonical(JSON.parse(canonical) as JsonValue);
}
