import { UsageError } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { toggle } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { plural } from "../output/format.js";
import { printLines } from "../output/print-lines.js";
import { conditionOf, findRun, withRuns, type Run, type Runs } from "../runs/open-runs.js";
import { runJson, runTable } from "../runs/run-text.js";
import { storeFlags, whereFlags } from "../runs/runs-flags.js";

export const runsRm = defineCommand({
  name: "runs rm",
  summary: "Delete the records of runs, and their results on request",
  description: [
    "Takes ids, or the runs that --where selects. Only with --yes is anything deleted; without it, what would go is shown. A result stays where it is until the same run is made again; --files removes it too. What was registered as a link is never touched. The exit code is 1 where a run could not be deleted.",
  ],
  operands: [{ name: "RUN", help: "ids of runs, or their beginnings", optional: true, repeats: true }],
  flags: {
    ...storeFlags,
    ...whereFlags,
    files: toggle("Remove the results too"),
    yes: toggle("Delete, instead of showing what would go", { short: "y" }),
    ...jsonFlag,
  },
  examples: [
    ["runcache runs rm --dir runs --where 'method=euler'", "what would go?"],
    ["runcache runs rm --dir runs 3fa9c1d2 --files --yes", "one run, with its result"],
  ],
  run: async ({ flags, operands, context }) => {
    if ((operands.length === 0) === (flags.where.length === 0)) {
      const message = "say which runs go: their ids, or --where CONDITION (--where 'exists id' is all of them)";
      throw new UsageError("ERR_RUNCACHE_WHICH_RUNS", message);
    }
    const where = await conditionOf(flags.where);
    const chosen = async (runs: Runs): Promise<readonly Run[]> => {
      if (operands.length === 0) return await runs.list({ where, allVersions: flags.version === undefined });
      const found = await Promise.all(operands.map((id) => findRun(runs, id)));
      return [...new Map(found.map((run) => [run.id, run])).values()];
    };
    const { yes, files: removeFile } = flags;
    const stuck: Run[] = [];
    const gone = await withRuns(context, flags, async (runs) => {
      const going = await chosen(runs);
      if (!yes) return going;
      const deleted: Run[] = [];
      for (const run of going) ((await runs.delete(run.id, { removeFile })) ? deleted : stuck).push(run);
      return deleted;
    });
    for (const { shortId } of stuck)
      context.err.line(`${shortId} was not deleted: it is gone already, or cannot be changed`);
    if (flags.json) context.out.json({ deleted: yes, runs: gone.map(runJson) });
    else if (gone.length + stuck.length === 0) context.err.line("no runs");
    else if (yes) context.out.line(`deleted ${plural(gone.length, "run")}`);
    else {
      printLines(context.out, runTable(gone, Date.now()));
      context.err.line(`${plural(gone.length, "run")} would go, and nothing was deleted: --yes deletes`);
    }
    return stuck.length === 0 ? EXIT.ok : EXIT.no;
  },
});
