const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_557_600_000,
};

/**
 * Milliseconds in a length of time as people write it: `90s`, `1.5h`, `30d`, `1d12h`; null where it is
 * none. A number needs its unit, but for 0. `m` is a minute.
 */
export function parseDuration(text: string): number | null {
  if (text === "0") return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|[smhdwy]))+$/.test(text)) return null;
  let totalMs = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-z]+)/g))
    totalMs += Number(amount) * (UNIT_MS[unit ?? ""] ?? NaN);
  return Number.isFinite(totalMs) ? Math.round(totalMs) : null;
}
