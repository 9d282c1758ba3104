import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { findEntry, outputPath } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";

export const path = defineCommand({
  name: "path",
  summary: "Print where an entry lies, or one of its outputs",
  description: [
    "The directory holds the outputs as the command wrote them, read-only, and the entry's own record. Copy what you want to change.",
  ],
  operands: [
    { name: "KEY", help: "the key of an entry, or its beginning", completes: "key" },
    { name: "FILE", help: "an output, as 'runcache show' names it", optional: true },
  ],
  flags: { ...cacheFlag },
  examples: [
    ['ls -l "$(runcache path 3fa9c1d2)"', "look at the outputs where they lie"],
    ['cp "$(runcache path 3fa9c1d2 sorted.txt)" .', "one of them"],
  ],
  run: async ({ flags, operands: [key = "", file], context }) => {
    const { cache } = await openExisting(context, flags);
    const entry = findEntry(cache, key);
    context.out.line(file === undefined ? entry.dir : outputPath(entry, file));
    return EXIT.ok;
  },
});
