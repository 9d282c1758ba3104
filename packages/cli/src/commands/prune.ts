import {
  UsageError,
  type EvictReason,
  type KeepReason,
  type PruneDecision,
  type PruneOptions,
  type PruneReport,
} from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag, verboseFlag } from "../command-line/common-flags.js";
import { choice, count, duration, size, toggle } from "../command-line/flags.js";
import type { Settings } from "../config/settings.js";
import { EXIT } from "../exit-codes.js";
import { formatAge, formatBytes, plural } from "../output/format.js";
import { openExisting } from "../reports/open-existing.js";
import { shortKey } from "../run/run-log.js";

/** Entries used this lately may be in use: their paths were handed out. */
const IN_USE_MS = 24 * 60 * 60_000;

export const pruneFlags = {
  "max-age": duration("Entries that were not used for longer go"),
  "max-size": size("Entries go until the cache is no larger"),
  "max-entries": count("Entries go until there are no more"),
  "max-inodes": count("Entries go until there are no more files, directories and links"),
  by: choice(["lru", "cost"], "Which go first: not used for longest, or saving least for their size (default lru)"),
  "keep-used-within": duration("Entries used within this time stay: their paths may be in use (default 1d)"),
  "keep-pinned": toggle("Pinned entries stay; they always do"),
};

export const prune = defineCommand({
  name: "prune",
  summary: "Remove entries until the cache keeps its limits",
  description: [
    "Without limits on the command line, keeps those that are configured. Pinned entries stay, and those that were used in the last day. Safe beside running commands. Also clears away what killed processes left.",
  ],
  operands: [],
  flags: {
    ...pruneFlags,
    "dry-run": toggle("Say what would go, and remove nothing; with -v also what stays for a reason"),
    ...cacheFlag,
    ...verboseFlag,
    ...jsonFlag,
  },
  examples: [
    ["runcache prune --max-age 30d --max-size 50G --dry-run", "what would go?"],
    ["runcache prune --max-size 2G --keep-used-within 0", "before a CI job saves the cache"],
  ],
  run: async ({ flags, context }) => {
    const { cache, settings } = await openExisting(context, flags);
    const limits = limitsOf(flags, settings);
    const keepUsedWithinMs = flags["keep-used-within"] ?? IN_USE_MS;
    const nowMs = Date.now();
    const options: PruneOptions = { ...limits, keepUsedWithinMs, dryRun: flags["dry-run"], by: flags.by ?? "lru" };
    const decided: PruneDecision[] = [];
    const report = await cache.prune({
      ...options,
      onDecision: (decision) => {
        if (flags.json && decision.action === "evict") decided.push(decision);
        if (flags.json) return;
        if (decision.action === "evict") {
          if (flags["dry-run"]) context.out.line(decisionText(decision, nowMs));
          else if (flags.verbose) context.err.line(decisionText(decision, nowMs));
        } else if (flags.verbose && decision.reason !== "within-limits") {
          (flags["dry-run"] ? context.out : context.err).line(decisionText(decision, nowMs));
        }
      },
    });
    if (flags.json) context.out.json({ ...report, dryRun: flags["dry-run"], limits, entries: decided });
    else for (const line of lines(report, flags["dry-run"])) context.out.line(line);
    return EXIT.ok;
  },
});

interface LimitFlags {
  readonly "max-age": number | undefined;
  readonly "max-size": number | undefined;
  readonly "max-entries": number | undefined;
  readonly "max-inodes": number | undefined;
}

/**
 * The limits of the flags, or where there are none those of the configuration.
 * @throws UsageError `ERR_RUNCACHE_NO_LIMIT`
 */
function limitsOf(flags: LimitFlags, settings: Settings): PruneOptions {
  const given = {
    maxAgeMs: flags["max-age"],
    maxSizeBytes: flags["max-size"],
    maxEntries: flags["max-entries"],
    maxInodes: flags["max-inodes"],
  };
  const configured = {
    maxAgeMs: settings.maxAge.value,
    maxSizeBytes: settings.maxSize.value,
    maxEntries: settings.maxEntries.value,
  };
  const set = (limits: object): object =>
    Object.fromEntries(Object.entries(limits).filter(([, value]) => typeof value === "number"));
  const limits = Object.keys(set(given)).length > 0 ? set(given) : set(configured);
  if (Object.keys(limits).length > 0) return limits;
  const message = "nothing to keep to: give a limit (--max-age 30d, --max-size 50G, --max-entries N), or configure one";
  throw new UsageError("ERR_RUNCACHE_NO_LIMIT", message);
}

function decisionText(decision: PruneDecision, nowMs: number): string {
  const [verb, size, reason] =
    decision.action === "evict"
      ? ["goes ", `${formatBytes(decision.sizeBytes)}, `, GONE[decision.reason]]
      : ["stays", "", KEPT[decision.reason]];
  return `${verb}  ${shortKey(decision.key)}  ${size}used ${formatAge(decision.usedAtMs, nowMs)}: ${reason}`;
}

function* lines({ evicted, kept, swept }: PruneReport, isDry: boolean): Generator<string> {
  const reasons = counted(evicted.byReason, GONE);
  const gone = `${plural(evicted.entries, "entry", "entries")}, ${formatBytes(evicted.sizeBytes)}`;
  yield `${isDry ? "would remove" : "removed"} ${gone}${reasons}`;
  yield `${isDry ? "would keep" : "kept"} ${plural(kept.entries, "entry", "entries")}${counted(kept.byReason, KEPT)}`;
  const left = swept === null ? 0 : swept.staging + swept.trash + swept.drafts + swept.locks;
  if (left > 0) yield `cleared away ${plural(left, "leftover")} of killed processes`;
}

const GONE: Readonly<Record<EvictReason, string>> = {
  age: "too old",
  size: "over the size",
  entries: "over the number",
  inodes: "over the inodes",
};

const KEPT: Readonly<Record<KeepReason, string>> = {
  "within-limits": "within the limits",
  pinned: "pinned",
  "in-use": "used lately: --keep-used-within 0 lets them go",
  stuck: "cannot be removed",
};

function counted<R extends string>(byReason: Readonly<Record<R, number>>, words: Readonly<Record<R, string>>): string {
  const texts = (Object.keys(words) as R[]).filter((reason) => byReason[reason] > 0);
  return texts.length === 0 ? "" : ` (${texts.map((reason) => `${byReason[reason]} ${words[reason]}`).join(", ")})`;
}
