import { realpathSync } from "node:fs";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { duration, size } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { quoteWord } from "../output/format.js";
import { openExisting } from "../reports/open-existing.js";

const DAY_MS = 86_400_000;

export const cron = defineCommand({
  name: "cron",
  summary: "Print a ready line for crontab that prunes the cache, and its plain 'find' equivalent",
  description: ["The three 'find' commands may run at any moment beside runcache, on machines without it too."],
  operands: [],
  flags: {
    "max-age": duration("Entries that were not used for longer go (default as configured, else 30d)"),
    "max-size": size("Entries go until the cache is no larger (default as configured)"),
    ...cacheFlag,
  },
  examples: [["runcache cron --max-age 30d | crontab -", "prune every night (replaces the crontab)"]],
  run: async ({ flags, context: { out, ...context } }) => {
    const { cache, settings } = await openExisting({ out, ...context }, flags);
    const maxAgeMs = flags["max-age"] ?? settings.maxAge.value ?? 30 * DAY_MS;
    const maxSizeBytes = flags["max-size"] ?? settings.maxSize.value;
    const dir = quoteWord(realpathSync(cache.cacheDir));
    const days = Math.max(1, Math.ceil(maxAgeMs / DAY_MS));
    const limits = [`--max-age ${days}d`, ...(maxSizeBytes === null ? [] : [`--max-size ${maxSizeBytes}`])];
    const program = [process.execPath, process.argv[1] ?? "runcache"].map(quoteWord).join(" ");
    out.line("# Every night at 3:17, keep the limits of the cache:");
    out.line(cronText(`17 3 * * * ${program} prune --cache ${dir} ${limits.join(" ")}`));
    out.line("# Or, by age alone and without runcache:");
    for (const command of findCommands(dir, days)) out.line(cronText(`#17 3 * * * ${command}`));
    return EXIT.ok;
  },
});

/** DESIGN §6: these lose nothing that matters, at any moment. */
function findCommands(dir: string, days: number): string[] {
  return [
    `find ${dir} -mindepth 2 -maxdepth 2 -type d -mtime +${days} -exec rm -rf {} +`,
    `find ${dir} -mindepth 1 -maxdepth 1 -type d -empty -delete`,
    `find ${dir}/.incoming -mindepth 1 -maxdepth 1 -type d -mtime +1 -exec rm -rf {} +`,
  ];
}

/** In a crontab, `%` ends the command. */
function cronText(line: string): string {
  return line.replaceAll("%", "\\%");
}
