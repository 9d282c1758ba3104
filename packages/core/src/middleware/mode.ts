import { UsageError } from "../types/errors.js";

const MODES = ["on", "off", "read-only", "refresh"] as const;

/**
 * What `RUNCACHE` asks for: `on` (default), `off` (every call is a bypass), `read-only` (hits, but
 * nothing is written), `refresh` (no hits; every run replaces its entry).
 */
export type Mode = (typeof MODES)[number];

/**
 * The mode that the environment variable `RUNCACHE` sets; unset or empty is `on`.
 * @throws UsageError `ERR_RUNCACHE_MODE` on any other word: to guess could give a stale result.
 */
export function currentMode(): Mode {
  const text = process.env["RUNCACHE"];
  if (text === undefined || text === "") return "on";
  const mode = MODES.find((name) => name === text);
  if (mode !== undefined) return mode;
  throw new UsageError(
    "ERR_RUNCACHE_MODE",
    `RUNCACHE=${text} is none of ${MODES.join(", ")}: set one of them, or unset RUNCACHE`,
    { mode: text },
  );
}
