import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { findEntry } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";

const operands = [
  { name: "KEY", help: "keys of entries, or their beginnings", repeats: true, completes: "key" },
] as const;

export const pin = defineCommand({
  name: "pin",
  summary: "Keep entries from every prune",
  description: ["Pinned entries stay, whatever the limits, also where 'find' does the pruning."],
  operands,
  flags: { ...cacheFlag },
  examples: [["runcache pin 3fa9c1d2", "keep what a paper is about"]],
  run: async ({ flags, operands: keys, context }) => {
    const { cache } = await openExisting(context, flags);
    const entries = keys.map((key) => findEntry(cache, key));
    for (const { key } of entries) cache.pin(key);
    return EXIT.ok;
  },
});

export const unpin = defineCommand({
  name: "unpin",
  summary: "Give pinned entries back to the prunes",
  description: ["They count as used now."],
  operands,
  flags: { ...cacheFlag },
  examples: [["runcache unpin 3fa9c1d2", "no longer needed"]],
  run: async ({ flags, operands: keys, context }) => {
    const { cache } = await openExisting(context, flags);
    const entries = keys.map((key) => findEntry(cache, key));
    for (const { key } of entries) cache.unpin(key);
    return EXIT.ok;
  },
});
