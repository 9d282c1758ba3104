import type { Cache, Entry } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { choice, count, moment, text } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { formatAge, formatBytes, formatDuration } from "../output/format.js";
import { printLines } from "../output/print-lines.js";
import { printable } from "../output/printable.js";
import { formatTable } from "../output/table.js";
import { commandText } from "../reports/command-text.js";
import { openExisting } from "../reports/open-existing.js";
import { shortKey } from "../run/run-log.js";

/** One entry as it is listed. */
interface Listed {
  readonly key: string;
  readonly tool: string;
  readonly sizeBytes: number;
  readonly outputs: number;
  readonly exitCode: number;
  readonly durationMs: number;
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
  /** Milliseconds since 1970; null where the entry is pinned, which keeps no time. */
  readonly usedAtMs: number | null;
  readonly pinned: boolean;
  readonly user: string | null;
  /** Null where the entry does not say. */
  readonly command: string | null;
}

const ORDERS = {
  used: (a: Listed, b: Listed) => (b.usedAtMs ?? Infinity) - (a.usedAtMs ?? Infinity) || b.madeAtMs - a.madeAtMs,
  made: (a: Listed, b: Listed) => b.madeAtMs - a.madeAtMs,
  size: (a: Listed, b: Listed) => b.sizeBytes - a.sizeBytes,
  took: (a: Listed, b: Listed) => b.durationMs - a.durationMs,
  tool: (a: Listed, b: Listed) => (a.tool < b.tool ? -1 : a.tool > b.tool ? 1 : b.madeAtMs - a.madeAtMs),
};

export const ls = defineCommand({
  name: "ls",
  summary: "List the entries of the cache",
  description: ["Lists entries, those that were used last first. A key may be shortened wherever one is asked for."],
  operands: [],
  flags: {
    tool: text("NAME", "Only entries of this tool: its name, or package/name", { completes: "tool" }),
    since: moment("Only entries that were used since then"),
    sort: choice(["used", "made", "size", "took", "tool"], "What decides the order (default used)"),
    limit: count("At most so many entries"),
    ...cacheFlag,
    ...jsonFlag,
  },
  examples: [
    ["runcache ls --tool sort --since 7d", "what sort did this week"],
    ["runcache ls --sort size --limit 10", "the largest entries"],
  ],
  run: async ({ flags, context }) => {
    const { cache } = await openExisting(context, flags);
    const nowMs = Date.now();
    const listed: Listed[] = [];
    for await (const entry of cache.entries()) {
      const item = describe(cache, entry);
      if (flags.tool !== undefined && !isTool(item.tool, flags.tool)) continue;
      if (flags.since !== undefined && (item.usedAtMs ?? Infinity) < flags.since) continue;
      listed.push(item);
    }
    const shown = listed.sort(ORDERS[flags.sort ?? "used"]).slice(0, flags.limit);
    if (flags.json) context.out.json(shown);
    else if (shown.length === 0) context.err.line("no entries");
    else
      printLines(
        context.out,
        formatTable(
          COLUMNS,
          shown.map((item) => row(item, nowMs)),
        ),
      );
    return EXIT.ok;
  },
});

const COLUMNS = [
  { title: "KEY" },
  { title: "TOOL" },
  { title: "SIZE", align: "right" },
  { title: "TOOK", align: "right" },
  { title: "MADE" },
  { title: "USED" },
  { title: "COMMAND" },
] as const;

function row(item: Listed, nowMs: number): string[] {
  return [
    shortKey(item.key),
    printable(item.tool),
    formatBytes(item.sizeBytes),
    formatDuration(item.durationMs),
    formatAge(item.madeAtMs, nowMs),
    item.usedAtMs === null ? "pinned" : formatAge(item.usedAtMs, nowMs),
    printable(item.command ?? ""),
  ];
}

function describe(cache: Cache, entry: Entry): Listed {
  const { manifest, key } = entry;
  const use = cache.usage(entry);
  const pinned = use?.isPinned === true;
  return {
    key,
    tool: `${manifest.tool.package}/${manifest.tool.name}`,
    sizeBytes: manifest.outputs.reduce((sum, output) => sum + (output.kind === "file" ? output.sizeBytes : 0), 0),
    outputs: manifest.outputs.length,
    exitCode: manifest.exitCode,
    durationMs: manifest.durationMs,
    madeAtMs: Date.parse(manifest.finishedAt),
    usedAtMs: pinned || use === null ? null : use.usedAtMs,
    pinned,
    user: manifest.user,
    command: commandText(manifest),
  };
}

function isTool(tool: string, wanted: string): boolean {
  return wanted.includes("/") ? tool === wanted : tool.endsWith(`/${wanted}`);
}
