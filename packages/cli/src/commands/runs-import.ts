import path from "node:path";
import type { EventListener } from "@runcache/core";
import type { EntropicImportOptions, EntropicImportReport } from "@runcache/runs";
import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { choice, text, toggle } from "../command-line/flags.js";
import type { Context } from "../context.js";
import { EXIT } from "../exit-codes.js";
import { plural } from "../output/format.js";
import { printable } from "../output/printable.js";
import { Progress } from "../output/progress.js";
import { interruptible } from "../run/interrupt.js";
import { withRunsToFill } from "../runs/open-or-make.js";
import { digitsFlag, storeFlags, versionFlag } from "../runs/runs-flags.js";

/** Runs that were left out are named one by one up to so many. */
const MOST_NAMED = 20;

export const runsImport = defineCommand({
  name: "runs import",
  summary: "Take over the runs that entropic recorded",
  description: [
    "FILE is the SQLite file of entropic 2.2 and later, or the TinyDB JSON of 2.0 and 2.1; it is only read. Its runs become those of the store, which is made where there is none. Results stay where they are, and serve as long as nobody changes them, unless --copy is there. A second import imports nothing twice.",
    "The exit code is 1 where a run was left out: its result is nowhere, or its params cannot be a key.",
  ],
  operands: [{ name: "FILE", help: "entropic's database", completes: "file" }],
  flags: {
    ...storeFlags,
    ...versionFlag,
    results: text("DIR", "Where the results folder lies, if not where it was", { completes: "directory" }),
    "working-dir": text("DIR", "Where relative paths in FILE begin (default the directory of FILE)", {
      completes: "directory",
    }),
    copy: toggle("Copy the results into the store"),
    suffix: text("ENDING", "Ending of the copies' names, with its dot (default .dat)"),
    table: text("NAME", "The table of runs, where FILE has several"),
    nulls: choice(["absent", "null"], "What NULL in a column of FILE is (default an absent parameter)"),
    ...digitsFlag,
    "dry-run": toggle("Say what would be imported, and write nothing"),
    ...jsonFlag,
  },
  examples: [
    ["runcache runs import --dir runs --name decay db.sqlite3 --results results --dry-run", "what would come?"],
    ["runcache runs import --dir runs --name decay db.sqlite3 --copy --suffix .h5", "and no longer need the old files"],
  ],
  run: async ({ flags, operands: [file = ""], context }) =>
    await interruptible(async (interrupts) => {
      interrupts.listen();
      const { "dry-run": isDry, copy, table, nulls, json } = flags;
      const at = (name: "results" | "working-dir") => path.resolve(context.cwd, flags[name] ?? "");
      const options: EntropicImportOptions = {
        database: path.resolve(context.cwd, file),
        copy,
        dryRun: isDry,
        signal: interrupts.signal,
        ...(flags.results === undefined ? {} : { resultsDir: at("results") }),
        ...(flags["working-dir"] === undefined ? {} : { workingDir: at("working-dir") }),
        ...(table === undefined ? {} : { table }),
        ...(nulls === undefined ? {} : { nulls }),
      };
      const progress = new Progress(context.err);
      const onEvent = showStored(progress);
      const done = await withRunsToFill(context, { ...flags, isDry, onEvent }, async (runs) => {
        return { name: runs.name, ...(await runs.importEntropic(options)) };
      }).finally(() => progress.clear());
      if (json) context.out.json({ dryRun: isDry, ...done });
      else print(context, done, isDry);
      return done.skipped.length === 0 ? EXIT.ok : EXIT.no;
    }),
});

/** Counts on a terminal what the store takes in. */
function showStored(progress: Progress): EventListener {
  let count = 0;
  return ({ type }) => {
    if (type === "stored") {
      count++;
      progress.update(() => `${plural(count, "run")} imported`);
    }
  };
}

function print(
  { out, err }: Context,
  { name, imported, present, skipped }: EntropicImportReport & { readonly name: string },
  isDry: boolean,
): void {
  const into = printable(`into the store ${name}`);
  out.line(`${isDry ? "would import" : "imported"} ${plural(imported, "run")} ${into}`);
  if (present > 0) out.line(`${present} ${present === 1 ? "was" : "were"} there already`);
  for (const { id, message } of skipped.slice(0, MOST_NAMED)) err.line(printable(`left out ${id}: ${message}`));
  if (skipped.length > MOST_NAMED) err.line(`… and ${skipped.length - MOST_NAMED} more: --json names all`);
}
