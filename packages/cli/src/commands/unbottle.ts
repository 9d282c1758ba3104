import { resolve } from "node:path";
import { openCache, type Imported } from "@runcache/core";
import { BOTTLE_LIMITS, type BottleLimits } from "../bottle/bottle-limits.js";
import { extractBottle, importBottle } from "../bottle/open-bottle.js";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { size, text, toggle } from "../command-line/flags.js";
import { settingsOf } from "../context.js";
import { EXIT } from "../exit-codes.js";
import type { Output } from "../output/output.js";
import { printable } from "../output/printable.js";
import { interruptible } from "../run/interrupt.js";
import { shortKey } from "../run/run-log.js";

export const unbottle = defineCommand({
  name: "unbottle",
  summary: "Take the entries of a bottle into the cache, or lay them out in a directory",
  description: [
    "Every byte is held against its digest, and every record against its key, before anything is kept: a bottle that is damaged, or that was changed, is refused as a whole. Runs with the same command, program and inputs are hits from then on. An entry that is there already stays.",
    "That the bytes are those that were bottled says nothing about who bottled them: take bottles into a cache only from those whose results you would trust. --dir only looks: it lays everything out in a directory, run.sh included, and leaves the cache alone, unless --import is there too.",
  ],
  operands: [{ name: "FILE", help: "a bottle", completes: "file" }],
  flags: {
    dir: text("DIR", "Lay it out in this directory, which is new or empty", { completes: "directory" }),
    import: toggle("With --dir: take it into the cache all the same"),
    "max-size": size("What it may unpack to (default 10 GB)"),
    ...cacheFlag,
    ...jsonFlag,
  },
  examples: [
    ["runcache unbottle figure-2.tar.gz", "the same command on the same inputs is a hit here, too"],
    ["runcache unbottle figure-2.tar.gz --dir figure-2 && sh figure-2/run.sh", "look at it, and make it again"],
  ],
  run: async ({ flags, operands: [given = ""], context }) => {
    const file = resolve(context.cwd, given);
    return await interruptible(async (interrupts) => {
      interrupts.listen();
      const options = { limits: limitsOf(flags["max-size"]), signal: interrupts.signal };
      const dir = flags.dir === undefined ? null : resolve(context.cwd, flags.dir);
      const index = dir === null ? null : await extractBottle(file, dir, options);
      let imported: readonly Imported[] | null = null;
      if (dir === null || flags.import) {
        const settings = await settingsOf(context, { cacheDir: flags.cache });
        imported = await importBottle(file, openCache(settings.cacheDir.value, { create: true }), options);
      }
      if (flags.json) {
        const keys = index?.entries.map(({ key }) => key) ?? imported?.map(({ entry }) => entry.key) ?? [];
        context.out.json({ file, dir, keys, imported: imported?.map(reportOf) ?? null });
      } else {
        if (dir !== null)
          context.out.line(printable(`laid out in ${flags.dir ?? dir}; 'sh run.sh' there runs it again`));
        for (const one of imported ?? []) print(context.out, one);
      }
      return EXIT.ok;
    });
  },
});

function limitsOf(maxBytes: number | undefined): BottleLimits {
  return maxBytes === undefined ? BOTTLE_LIMITS : { ...BOTTLE_LIMITS, totalBytes: maxBytes, fileBytes: maxBytes };
}

function reportOf({ entry, status, differing }: Imported): object {
  return { key: entry.key, status, differing, dir: entry.dir };
}

function print(out: Output, { entry, status, differing }: Imported): void {
  const { name } = entry.manifest.tool;
  const what = status === "stored" ? "is in the cache" : "was in the cache already";
  const other = differing.length === 0 ? "" : `, with other outputs, which stay: ${differing.join(", ")}`;
  out.line(printable(`${shortKey(entry.key)}  ${name} ${what}${other}`));
}
