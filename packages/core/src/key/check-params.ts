import { UsageError } from "../types/errors.js";

/**
 * Refuses parameters that are no object of names and values.
 * @throws UsageError `ERR_RUNCACHE_PARAMS`
 */
export function checkParams(params: unknown): void {
  if (typeof params === "object" && params !== null && !Array.isArray(params)) return;
  const kind = params === null ? "null" : Array.isArray(params) ? "an array" : typeof params;
  throw new UsageError(
    "ERR_RUNCACHE_PARAMS",
    `params must be an object that maps names to values, not ${kind}: pass {} where there are none`,
    { kind },
  );
}
