import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { plural } from "../output/format.js";
import { withRuns } from "../runs/open-runs.js";
import { storeFlags } from "../runs/runs-flags.js";

export const runsRebuild = defineCommand({
  name: "runs rebuild",
  summary: "Make a store's index anew from the runs themselves",
  description: [
    "Never needed for a store whose runs only runcache made and removed; a missing or damaged index is rebuilt by itself. The index keeps its kind and its columns. Where nothing says what they were, it becomes the default one, a SQLite file without columns; the program that declares columns adds them when it opens the store.",
  ],
  operands: [],
  flags: { ...storeFlags, ...jsonFlag },
  examples: [["runcache runs rebuild --dir runs", "after files were restored from elsewhere"]],
  run: async ({ flags, context }) => {
    const runs = await withRuns(context, { ...flags, ownIndex: true }, (store) => store.rebuildIndex());
    if (flags.json) context.out.json({ runs });
    else context.out.line(`the index has ${plural(runs, "run")}`);
    return EXIT.ok;
  },
});
