import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { choice } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { findEntry } from "../reports/find-entry.js";
import { LINEAGE_FORMATS, lineageText } from "../reports/lineage-text.js";
import { lineageOf } from "../reports/lineage.js";
import { openExisting } from "../reports/open-existing.js";

export const graph = defineCommand({
  name: "graph",
  summary: "Show what an entry was made from: its lineage",
  description: [
    "Follows inputs to the entries whose outputs they were: by their place in the cache, or by their content where an earlier entry holds the same.",
  ],
  operands: [{ name: "KEY", help: "the key of an entry, or its beginning", completes: "key" }],
  flags: { format: choice(LINEAGE_FORMATS, "How it is written (default text)"), ...cacheFlag, ...jsonFlag },
  examples: [["runcache graph 3fa9c1d2 --format dot | dot -Tsvg > lineage.svg", "draw it"]],
  run: async ({ flags, operands, context: { out, ...context } }) => {
    const { cache } = await openExisting({ out, ...context }, flags);
    const lineage = await lineageOf(cache, findEntry(cache, operands[0] ?? ""));
    if (flags.json) {
      const entries = [...lineage.ancestors].map(([key, ancestors]) => ({
        key,
        from: ancestors.map(({ entry, through }) => ({ key: entry.key, through })),
        gone: lineage.gone.get(key) ?? [],
      }));
      out.json({ root: lineage.root.key, entries });
    } else {
      for (const line of lineageText(lineage, flags.format ?? "text")) out.line(line);
    }
    return EXIT.ok;
  },
});
