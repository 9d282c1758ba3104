import path from "node:path";
import { defineCommand } from "../command-line/command.js";
import { choice, list, moment } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { plural } from "../output/format.js";
import { conditionOf, withRuns } from "../runs/open-runs.js";
import { storeFlags, whereFlags } from "../runs/runs-flags.js";

export const runsExport = defineCommand({
  name: "runs export",
  summary: "Write the records of runs as JSON Lines, CSV or Parquet",
  description: ["The file is replaced when all is written. Without --format, its ending says what it becomes."],
  operands: [{ name: "FILE", help: "what is written", completes: "file" }],
  flags: {
    ...storeFlags,
    ...whereFlags,
    "order-by": list("NAME", "What decides the order; --order-by=-NAME turns it around"),
    since: moment("Only runs that were made since then"),
    format: choice(["jsonl", "csv", "parquet"], "What is written"),
  },
  examples: [["runcache runs export --dir runs --where 'n>=100' runs.csv", "for a spreadsheet"]],
  run: async ({ flags, operands: [file = ""], context }) => {
    const where = await conditionOf(flags.where);
    const { version, since, format, "order-by": orderBy } = flags;
    const written = await withRuns(context, flags, (runs) =>
      runs.export(path.resolve(context.cwd, file), {
        where,
        allVersions: version === undefined,
        ...(format === undefined ? {} : { format }),
        ...(orderBy.length === 0 ? {} : { orderBy }),
        ...(since === undefined ? {} : { since: new Date(since) }),
      }),
    );
    context.err.line(`${plural(written, "run")} written to ${file}`);
    return EXIT.ok;
  },
});
