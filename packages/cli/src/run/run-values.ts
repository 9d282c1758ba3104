import { UsageError } from "@runcache/core";
import { badValue } from "../command-line/flags.js";

/**
 * The exit codes that `--ok-exit` lists.
 * @throws UsageError `ERR_RUNCACHE_FLAG_VALUE`
 */
export function parseExitCodes(given: string | undefined): readonly number[] {
  if (given === undefined) return [0];
  const codes = given.split(",").map((code) => (/^\d{1,3}$/.test(code.trim()) ? Number(code) : NaN));
  if (codes.every((code) => code <= 255)) return [...new Set(codes)].sort((a, b) => a - b);
  throw badValue("ok-exit", given, "exit codes from 0 to 255, like 0,1");
}

/**
 * What `--extra K=V` adds to the key.
 * @throws UsageError `ERR_RUNCACHE_FLAG_VALUE`
 */
export function parseExtra(given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((pair) => {
    const equals = pair.indexOf("=");
    if (equals < 1) throw badValue("extra", pair, "a name and a value, like --extra generation=2");
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return Object.fromEntries(pairs);
  throw new UsageError("ERR_RUNCACHE_FLAG_VALUE", `--extra ${twice} is given twice: leave one out`, { name: twice });
}
