import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { count, list, moment } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { printLines } from "../output/print-lines.js";
import { conditionOf, withRuns } from "../runs/open-runs.js";
import { runJson, runTable } from "../runs/run-text.js";
import { storeFlags, whereFlags } from "../runs/runs-flags.js";

export const runsLs = defineCommand({
  name: "runs ls",
  summary: "List runs",
  description: [
    "Lists runs in the order in which they were made, of every version where none is given. The index answers; the results themselves are not looked at.",
  ],
  operands: [],
  flags: {
    ...storeFlags,
    ...whereFlags,
    "order-by": list("NAME", "What decides the order; --order-by=-NAME turns it around"),
    since: moment("Only runs that were made since then"),
    limit: count("At most so many runs"),
    ...jsonFlag,
  },
  examples: [
    ["runcache runs ls --dir runs --where 'dt<0.01 and method=rk4'", "the fine ones"],
    ["runcache runs ls --dir runs --order-by=-elapsedSeconds --limit 10", "the ten that took longest"],
  ],
  run: async ({ flags, context }) => {
    const where = await conditionOf(flags.where);
    const { version, since, limit, "order-by": orderBy } = flags;
    const found = await withRuns(context, flags, (runs) =>
      runs.list({
        where,
        allVersions: version === undefined,
        ...(orderBy.length === 0 ? {} : { orderBy }),
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(limit === undefined ? {} : { limit }),
      }),
    );
    if (flags.json) context.out.json(found.map(runJson));
    else if (found.length === 0) context.err.line("no runs");
    else printLines(context.out, runTable(found, Date.now()));
    return EXIT.ok;
  },
});
