import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { findEntry } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";

export const path = defineCommand({
  name: "path",
  summary: "Print the directory of an entry",
  description: ["The directory holds the outputs as the command wrote them, read-only, and the entry's own record."],
  operands: [{ name: "KEY", help: "the key of an entry, or its beginning", completes: "key" }],
  flags: { ...cacheFlag },
  examples: [['ls -l "$(runcache path 3fa9c1d2)"', "look at the outputs where they lie"]],
  run: async ({ flags, operands, context }) => {
    const { cache } = await openExisting(context, flags);
    context.out.line(findEntry(cache, operands[0] ?? "").dir);
    return EXIT.ok;
  },
});
