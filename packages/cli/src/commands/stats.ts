import type { CacheStats, MissReason } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { moment, toggle } from "../command-line/flags.js";
import type { Settings } from "../config/settings.js";
import { EXIT } from "../exit-codes.js";
import { formatAge, formatBytes, formatDuration, plural } from "../output/format.js";
import type { Output } from "../output/output.js";
import { printable } from "../output/printable.js";
import { formatTable } from "../output/table.js";
import { openExisting } from "../reports/open-existing.js";
import { readStats, type StatsSum, type StatsTotals } from "../stats/read-stats.js";

export const stats = defineCommand({
  name: "stats",
  summary: "Show hits, misses by reason, time saved and bytes, by tool and in all",
  description: [
    "Counts are kept by each user in the cache, or where it cannot be written in the user's own state directory: those of others there cannot be seen.",
    "What the cache holds is counted now, from its entries.",
  ],
  operands: [],
  flags: {
    since: moment("Count only what happened since then"),
    until: moment("Count only what happened before then"),
    "by-user": toggle("Count by user instead of by tool"),
    ...cacheFlag,
    ...jsonFlag,
  },
  examples: [
    ["runcache stats --since 7d", "what the last week brought"],
    ["runcache stats --since 2026-11-01 --until 2026-12-01 --by-user", "who used it in November"],
  ],
  run: async ({ flags, context }) => {
    const { cache, settings } = await openExisting(context, flags);
    const nowMs = Date.now();
    const period = { sinceMs: flags.since ?? 0, untilMs: flags.until ?? Infinity };
    const counts = await readStats(cache.cacheDir, period, context.env);
    const contents = await cache.stats();
    if (flags.json) context.out.json(asJson(counts, contents));
    else print(context.out, flags["by-user"] ? counts.byUser : counts.byTool, counts, contents, settings, nowMs);
    return EXIT.ok;
  },
});

function asJson(counts: StatsTotals, contents: CacheStats): object {
  return {
    counts: { ...counts, byTool: Object.fromEntries(counts.byTool), byUser: Object.fromEntries(counts.byUser) },
    contents: { ...contents, byTool: Object.fromEntries(contents.byTool) },
  };
}

const COLUMNS = [
  { title: "" },
  { title: "HITS", align: "right" },
  { title: "MISSES", align: "right" },
  { title: "RATE", align: "right" },
  { title: "SAVED", align: "right" },
  { title: "STORED", align: "right" },
] as const;

function print(
  out: Output,
  groups: ReadonlyMap<string, StatsSum>,
  { all, unseen }: StatsTotals,
  contents: CacheStats,
  settings: Settings,
  nowMs: number,
): void {
  const sorted = [...groups].sort(([, a], [, b]) => b.savedMs - a.savedMs || b.hits - a.hits);
  const rows = sorted.map(([name, sum]) => row(printable(name), sum));
  for (const line of formatTable(COLUMNS, [...rows, row("all", all)])) out.line(line);
  out.line();
  const reasons = (Object.entries(all.missReasons) as [MissReason, number][]).sort(([, a], [, b]) => b - a);
  if (reasons.length > 0) {
    out.line(`misses: ${reasons.map(([reason, times]) => `${times} ${REASONS[reason]}`).join(", ")}`);
  }
  if (all.notStored > 0) out.line(`results that were not kept: ${all.notStored}`);
  if (all.bypasses > 0) out.line(`runs without the cache: ${all.bypasses}`);
  const limit = settings.maxSize.value === null ? "" : ` of ${formatBytes(settings.maxSize.value)}`;
  out.line(`holds: ${plural(contents.entries, "entry", "entries")}, ${formatBytes(contents.sizeBytes)}${limit}`);
  if (contents.pinned > 0) out.line(`pinned: ${contents.pinned}`);
  if (contents.oldestUseMs !== null) out.line(`oldest: used ${formatAge(contents.oldestUseMs, nowMs)}`);
  if (contents.incomplete > 0) out.line(`results that are no entries: ${contents.incomplete}`);
  if (unseen.length > 0) {
    out.line(`not seen: ${plural(unseen.length, "file")} of counts that other users keep to themselves`);
  }
}

/** Completes "3 …". */
const REASONS: Readonly<Record<MissReason, string>> = {
  absent: "not run before, or pruned",
  incomplete: "only half there",
  corrupt: "damaged",
  "unknown-version": "made by another version of runcache",
  guards: "made by another program or command line",
  "missing-output": "without an output that was wanted",
  "exit-code": "with another exit code than asked for",
  refresh: "to be replaced (RUNCACHE=refresh)",
  unreadable: "that could not be read",
  vanished: "removed at that moment",
};

function row(name: string, { hits, misses, savedMs, storedBytes }: StatsSum): string[] {
  const looked = hits + misses;
  const rate = looked === 0 ? "" : `${Math.round((100 * hits) / looked)} %`;
  return [name, String(hits), String(misses), rate, formatDuration(savedMs), formatBytes(storedBytes)];
}
