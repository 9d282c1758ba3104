import { defineCommand } from "../command-line/command.js";
import { interruptible } from "../run/interrupt.js";
import { runCached } from "../run/run-cached.js";
import { onlyRunFlags, runFlags } from "../run/run-flags.js";
import { RunLog } from "../run/run-log.js";
import { planRun } from "../run/run-plan.js";
import { runUncached } from "../run/run-uncached.js";
import { appendStats } from "../stats/append-stats.js";
import { StatsRecord } from "../stats/stats-record.js";

export const run = defineCommand({
  name: "run",
  summary: "Run a command once; every later run with the same inputs is a lookup",
  description: [
    "Runs the command in the working directory and keeps its standard output, standard error, exit code and declared outputs. When the same command has run before on the same inputs, nothing runs: all of that is put back.",
    "Arguments that name existing files are inputs; name what else the command reads with --in, directories above all, and what it writes with --out. The key is made of the command line as it is written, the content and name of every input, the program's own content, LANG, LC_* and TZ, and what --env and --extra add. The working directory is not in it: another checkout of the same files hits.",
    "A failing command is not kept, and its exit code is the exit code; --ok-exit 0,1 keeps what is no failure (grep). What cannot be cached honestly runs all the same, and one line says why: a run that wrote where an argument points and no --out does, for one. What it wrote elsewhere is only noticed with --strict.",
  ],
  operands: [],
  wraps: true,
  flags: { ...runFlags, ...onlyRunFlags },
  examples: [
    ["runcache run --out sorted.txt -- sort -o sorted.txt names.txt", "sort once"],
    ["runcache run --in src --out app -- make app", "a directory as input"],
    ["runcache run --ok-exit 0,1 -- grep -c ERROR log.txt", "keep the exit code 1 too"],
    ["runcache run --stdin - -- wc -l < names.txt", "standard input as an input"],
  ],
  run: ({ flags, command, context }) =>
    interruptible(async (interrupts) => {
      const log = new RunLog(context.err, flags.verbose);
      const stats = new StatsRecord();
      const plan = await planRun(context, command, flags, interrupts);
      try {
        const { uncacheable } = plan;
        if (uncacheable !== null) {
          stats.add({ type: "bypass", tool: `${plan.tool.package}/${plan.tool.name}`, reason: "not-cacheable" });
          return await runUncached(plan, log, interrupts, uncacheable);
        }
        return await runCached(plan, log, interrupts, stats);
      } finally {
        const { cacheDir, stats: isCounted } = plan.settings;
        if (isCounted.value) appendStats(cacheDir.value, stats.take(Date.now()), context.env);
        await plan.stdin.dispose();
      }
    }),
});
