import { parseDuration } from "./parse-duration.js";

/** A date, or a date and a time, as ISO 8601 writes them. Without a zone, it is local. */
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * Milliseconds since 1970 of a point in time as people write it: `12h` (ago), `2026-11-21`, `2026-11-21T08:30Z`;
 * null where it is none.
 */
export function parseMoment(text: string, nowMs = Date.now()): number | null {
  const ageMs = parseDuration(text);
  if (ageMs !== null) return nowMs - ageMs;
  if (!DATE.test(text)) return null;
  const atMs = Date.parse(text.includes(":") ? text : `${text}T00:00`);
  return Number.isNaN(atMs) ? null : atMs;
}
