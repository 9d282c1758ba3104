import { defineCommand } from "../command-line/command.js";
import { jsonFlag } from "../command-line/common-flags.js";
import { list } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { formatDuration, plural } from "../output/format.js";
import { withRuns, type Runs, type WhichStore } from "../runs/open-runs.js";
import { readPoints } from "../runs/read-points.js";
import { digitsFlag, storeFlags, versionFlag } from "../runs/runs-flags.js";
import type { Context } from "../context.js";
import type { RunPlan } from "@runcache/runs";

export const runsPlan = defineCommand({
  name: "runs plan",
  summary: "Say what a sweep would find, and what the rest would cost",
  description: [
    "The points are those of a grid, or of a file with one JSON object a line. The cost is that of as many runs one after the other, judging by the latest ones. Without --version, the plan is for that of the latest run.",
  ],
  operands: [
    { name: "FILE", help: "JSON Lines, one point a line; - is standard input", optional: true, completes: "file" },
  ],
  flags: {
    ...storeFlags,
    ...versionFlag,
    grid: list("NAME=VALUES", "Values of one parameter, with commas between them: dt=0.1,0.01"),
    ...digitsFlag,
    ...jsonFlag,
  },
  examples: [
    ["runcache runs plan --dir runs --grid dt=0.1,0.01 --grid method=rk4,euler", "four points"],
    ["runcache runs plan --dir runs points.jsonl", "points of a file"],
  ],
  run: async ({ flags, operands: [file], context }) => {
    const points = await readPoints(file, flags.grid);
    const version = flags.version ?? (await latestVersion(context, flags));
    const plan = await withRuns(context, { ...flags, version }, (runs) => runs.plan(points));
    if (flags.json) context.out.json({ version: version ?? FIRST_VERSION, ...plan });
    else for (const line of lines(plan, version ?? FIRST_VERSION)) context.out.line(line);
    return EXIT.ok;
  },
});

/** What a store's version is where nobody says. */
const FIRST_VERSION = "1";

async function latestVersion(context: Context, which: WhichStore): Promise<string | undefined> {
  const latest = (runs: Runs) => runs.list({ allVersions: true, orderBy: "-createdAt", limit: 1 });
  const [run] = await withRuns(context, which, latest);
  return run?.version;
}

function* lines({ total, present, missing, repeated, estimatedSeconds }: RunPlan, version: string): Generator<string> {
  yield `${plural(total, "point")} of version ${version}`;
  if (repeated > 0) yield `${repeated} the same as an earlier one`;
  yield `${present} there`;
  const cost =
    estimatedSeconds === null ? "no earlier run tells how long" : `about ${formatDuration(estimatedSeconds * 1000)}`;
  yield missing === 0 ? "0 to run" : `${missing} to run: ${cost}`;
}
