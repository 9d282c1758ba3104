import type { VerifyFinding, VerifyProgress, VerifyReport } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { toggle } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { formatBytes, formatDuration, plural } from "../output/format.js";
import { printable } from "../output/printable.js";
import { Progress } from "../output/progress.js";
import { openExisting } from "../reports/open-existing.js";
import { interruptible } from "../run/interrupt.js";
import { shortKey } from "../run/run-log.js";

export const verify = defineCommand({
  name: "verify",
  summary: "Read every entry again and hold it against its record",
  description: [
    "Goes on after errors. With --repair, removes entries that are proven to be damaged: the next run makes them anew. The exit code is 0 where every entry is sound, and 1 where one is damaged or cannot be read.",
  ],
  operands: [],
  flags: { repair: toggle("Remove damaged entries"), ...cacheFlag, ...jsonFlag },
  examples: [["runcache verify --repair", "after trouble with a disk"]],
  run: async ({ flags, context: { out, err, ...context } }) => {
    const { cache } = await openExisting({ out, err, ...context }, flags);
    const progress = new Progress(err);
    const findings: VerifyFinding[] = [];
    return await interruptible(async (interrupts) => {
      interrupts.listen();
      const report = await cache
        .verify({
          repair: flags.repair,
          signal: interrupts.signal,
          onProgress: (state) => progress.update(() => progressText(state)),
          onFinding: (finding) => {
            if (flags.json) findings.push(finding);
            if (flags.json || finding.verdict === "incomplete") return;
            progress.clear();
            out.line(findingText(finding));
          },
        })
        .finally(() => progress.clear());
      if (flags.json) out.json({ ...report, findings });
      else out.line(summary(report));
      const bad = report.byVerdict.corrupt + report.byVerdict.unlisted + report.byVerdict.unreadable;
      return bad === 0 ? EXIT.ok : EXIT.no;
    });
  },
});

function progressText({ places, allPlaces, sizeBytes, elapsedMs }: VerifyProgress): string {
  const rate = `${formatBytes(sizeBytes / Math.max(elapsedMs / 1000, 0.001))}/s`;
  const left = formatDuration((elapsedMs / Math.max(places, 1)) * Math.max(allPlaces - places, 0));
  return `${places} of ${allPlaces} entries, ${formatBytes(sizeBytes)}, ${rate}, ${left} left`;
}

function findingText({ key, verdict, details, removed }: VerifyFinding): string {
  const [first = ""] = details;
  const more = details.length > 1 ? ` (and ${details.length - 1} more)` : "";
  return `${shortKey(key)}  ${verdict}: ${printable(first)}${more}${removed ? "; removed" : ""}`;
}

function summary({ byVerdict, places, removed, sizeBytes, elapsedMs }: VerifyReport): string {
  const sound = `${byVerdict.sound} of ${plural(places, "entry", "entries")} sound`;
  const others = (["corrupt", "unlisted", "unreadable", "unknown-version", "incomplete"] as const)
    .filter((verdict) => byVerdict[verdict] > 0)
    .map((verdict) => `${byVerdict[verdict]} ${VERDICTS[verdict]}`);
  const repaired = removed > 0 ? [`${removed} removed`] : [];
  const read = `${formatBytes(sizeBytes)} in ${formatDuration(elapsedMs)}`;
  return [sound, ...others, ...repaired, read].join(", ");
}

const VERDICTS = {
  corrupt: "damaged",
  unlisted: "with files that no run wrote",
  unreadable: "unreadable",
  "unknown-version": "of another version",
  incomplete: "beside them, of runs that were not kept",
} as const;
