import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { formatAge, formatBytes, formatDuration } from "../output/format.js";
import type { Output } from "../output/output.js";
import { printable } from "../output/printable.js";
import { findRun, withRuns, type Run } from "../runs/open-runs.js";
import { membersText, runJson } from "../runs/run-text.js";
import { storeFlags } from "../runs/runs-flags.js";

export const runsShow = defineCommand({
  name: "runs show",
  summary: "Show one run: its params, its result and what is known of it",
  description: ["'runcache show' with the same id shows the entry that the run is."],
  operands: [{ name: "RUN", help: "the id of a run, or its beginning" }],
  flags: { ...storeFlags, ...jsonFlag },
  examples: [["runcache runs show --dir runs 3fa9c1d2", "everything about one run"]],
  run: async ({ flags, operands: [id = ""], context }) => {
    const run = await withRuns(context, flags, (runs) => findRun(runs, id));
    if (flags.json) context.out.json(runJson(run));
    else print(context.out, run, Date.now());
    return EXIT.ok;
  },
});

function print(out: Output, run: Run, nowMs: number): void {
  const row = (name: string, value: string): void => out.line(`${out.style.dim(name.padEnd(9))} ${printable(value)}`);
  row("id", run.id);
  row("store", `${run.name}, version ${run.version}${run.replicate === 0 ? "" : `, replicate ${run.replicate}`}`);
  for (const name of Object.keys(run.params)) row("param", membersText({ [name]: run.params[name] }));
  for (const name of Object.keys(run.metadata)) row("metadata", membersText({ [name]: run.metadata[name] }));
  row("made", `${run.createdAt}, ${formatAge(Date.parse(run.createdAt), nowMs)}`);
  row("took", formatDuration(run.elapsedSeconds * 1000));
  row("result", `${run.resultFile}  ${formatBytes(run.resultSize)}`);
}
