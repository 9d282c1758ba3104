import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatBytes, formatDuration } from "../output/format.js";
import { parseDuration } from "./parse-duration.js";
import { parseMoment } from "./parse-moment.js";
import { parseSize } from "./parse-size.js";

describe("lengths of time", () => {
  test.each([
    ["0", 0],
    ["250ms", 250],
    ["90s", 90_000],
    ["1.5h", 5_400_000],
    ["30d", 2_592_000_000],
    ["1d12h", 129_600_000],
    ["2w", 1_209_600_000],
    ["5m", 300_000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each(["", "5", "-5s", "5 s", "s", "1d12", "1e3s", "Infinityd", "1..5s", "30D"])("%j is none", (text) => {
    expect(parseDuration(text)).toBe(null);
  });
});

describe("points in time", () => {
  const nowMs = Date.parse("2026-11-21T12:00:00Z");

  test.each([
    ["0", nowMs],
    ["90m", nowMs - 5_400_000],
    ["2026-11-21T08:30Z", nowMs - 12_600_000],
    ["2026-11-21T08:30:00.500+01:00", nowMs - 16_199_500],
    ["2026-11-20", new Date(2026, 10, 20).getTime()],
    ["2026-11-20 07:15", new Date(2026, 10, 20, 7, 15).getTime()],
  ])("%s", (text, atMs) => {
    expect(parseMoment(text, nowMs)).toBe(atMs);
  });

  test.each(["", "yesterday", "2026", "2026-13-01", "2026-11-21T25:00Z", "11/21/2026", "-5d"])("%j is none", (text) => {
    expect(parseMoment(text, nowMs)).toBe(null);
  });
});

describe("sizes", () => {
  test.each([
    ["0", 0],
    ["4096", 4096],
    ["1K", 1024],
    ["50G", 53_687_091_200],
    ["50GiB", 53_687_091_200],
    ["50GB", 50_000_000_000],
    ["1.5T", 1_649_267_441_664],
    ["10 MiB", 10_485_760],
    ["7B", 7],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(["", "G", "-1G", "1X", "1iB", "1e9", "9999999P", "0x10"])("%j is none", (text) => {
    expect(parseSize(text)).toBe(null);
  });
});

test("numbers for people stay short, and what they say is near the number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 52 }), (value) => {
      const bytes = formatBytes(value);
      expect(bytes.length).toBeLessThanOrEqual(10);
      const read = parseSize(bytes);
      expect(Math.abs((read ?? NaN) - value)).toBeLessThanOrEqual(Math.max(1, value * 0.06));
      expect(formatDuration(value)).toMatch(/^[\d.]+ (?:ms|s|min|h|d)(?: \d+ (?:s|min|h))?$/);
    }),
  );
});
