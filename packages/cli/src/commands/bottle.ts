import { resolve } from "node:path";
import { UsageError } from "@runcache/core";
import { BOTTLE_LIMITS } from "../bottle/bottle-limits.js";
import { packBottle, rawBytes } from "../bottle/pack-bottle.js";
import { planBottle, type PlannedBottle } from "../bottle/plan-bottle.js";
import { describeCrate } from "../bottle/ro-crate.js";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { badValue, choice, list, text, toggle } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import { formatBytes, plural } from "../output/format.js";
import type { Output } from "../output/output.js";
import { printable } from "../output/printable.js";
import { findEntry } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";
import { interruptible } from "../run/interrupt.js";
import { shortKey } from "../run/run-log.js";

export const bottle = defineCommand({
  name: "bottle",
  summary: "Put entries into one file that holds all it takes to make them again",
  description: [
    "The file is a compressed archive with the outputs, the streams, the inputs, the record of the run without the names of user and machine, and a script run.sh that runs the command again and compares. It needs no runcache: 'tar xzf FILE' and 'sh */run.sh' are enough. 'runcache unbottle' takes it into another cache.",
    "Inputs are read again and must still be what they were; those that other entries made are taken from them. Inputs are looked for where the command had them, seen from here, and under their names here; --in names other places. The command line, with whatever paths it holds, and the digests of environment variables are part of the key and stay in the record.",
    "With --format ro-crate the archive is an RO-Crate too (Process Run Crate), which repositories of research data understand.",
  ],
  operands: [{ name: "KEY", help: "keys of entries, or their beginnings", repeats: true, completes: "key" }],
  flags: {
    output: text("FILE", "Where to write it; what is there is replaced when all is written", {
      short: "o",
      completes: "file",
    }),
    format: choice(["bottle", "ro-crate"], "What it is to be (default bottle)"),
    license: text("URL", "Licence of an RO-Crate, as a URL"),
    in: list("PATH", "An input lies here now, or there is a copy of it", { completes: "file" }),
    "no-inputs": toggle("Leave the inputs out: who runs it must have them"),
    ...cacheFlag,
    ...jsonFlag,
  },
  examples: [
    ["runcache bottle 3fa9c1d2 -o figure-2.tar.gz", "what a paper is about, to run again anywhere"],
    [
      "runcache bottle 3fa9c1d2 77b01e90 --format ro-crate --license https://spdx.org/licenses/CC0-1.0 -o crate.tar.gz",
      "two runs for a data repository",
    ],
  ],
  run: async ({ flags, operands, context }) => {
    const { output } = flags;
    if (flags.license !== undefined && (flags.format !== "ro-crate" || !URL.canParse(flags.license))) {
      throw badValue("license", flags.license, "a URL, with --format ro-crate");
    }
    if (output === undefined) {
      throw new UsageError("ERR_RUNCACHE_FLAG", "'bottle' needs the file that it is to write: -o FILE", {
        flag: "output",
      });
    }
    const file = resolve(context.cwd, output);
    const { cache } = await openExisting(context, flags);
    const entries = [
      ...new Map(operands.map((key) => findEntry(cache, key)).map((entry) => [entry.key, entry])).values(),
    ];
    return await interruptible(async (interrupts) => {
      interrupts.listen();
      const inputs = flags["no-inputs"] ? null : flags.in;
      const describe = flags.format === "ro-crate" ? describeCrate({ license: flags.license ?? null }) : undefined;
      const options = { cache, cwd: context.cwd, inputs, environ: context.env };
      const planned = await planBottle(entries, options, describe);
      const sizeBytes = await packBottle(file, planned.plan, interrupts.signal);
      const { err, out } = context;
      if (flags.json) out.json(reportOf(file, sizeBytes, planned));
      else print(out, output, sizeBytes, planned);
      for (const note of notesOf(planned)) err.line(`runcache: ${printable(note)}`);
      return EXIT.ok;
    });
  },
});

function reportOf(file: string, sizeBytes: number, { plan, entries }: PlannedBottle): object {
  return {
    file,
    sizeBytes,
    contentBytes: rawBytes(plan.index),
    entries: entries.map(({ bottled, reproduction, manifest }) => ({
      key: bottled.key,
      outputs: manifest.outputs.length,
      inputs: bottled.inputs,
      runnable: reproduction !== null,
    })),
    notes: notesOf({ plan, entries }),
  };
}

function print(out: Output, file: string, sizeBytes: number, { plan, entries }: PlannedBottle): void {
  for (const { bottled, manifest } of entries) {
    const inputs = bottled.inputs.filter((path) => path !== null).length;
    const outputs = manifest.outputs.filter(({ kind }) => kind === "file").length;
    const { tool } = manifest;
    out.line(
      printable(`${shortKey(bottled.key)}  ${tool.name}, ${plural(inputs, "input")}, ${plural(outputs, "output")}`),
    );
  }
  out.line(printable(`${file}: ${formatBytes(sizeBytes)}, ${formatBytes(rawBytes(plan.index))} unpacked`));
}

/** What whoever passes the bottle on had better know. */
function notesOf({ plan, entries }: PlannedBottle): string[] {
  const notes: string[] = [];
  for (const { bottled, manifest, reproduction } of entries) {
    const key = shortKey(bottled.key);
    if (reproduction === null) notes.push(`nothing says how to run ${key} again: its run.sh says so`);
    const own = reproduction?.inputs.find(({ kind }) => kind === "own");
    if (own !== undefined) {
      notes.push(`${key} reads ${own.path} by itself: its run.sh needs the same content there`);
    }
    if (/"[^"]*\/(?:home|Users|root)\//.test(JSON.stringify(manifest.parts.params))) {
      notes.push(`the command line of ${key} holds paths of a home directory, and so does its record`);
    }
  }
  const tooLarge = rawBytes(plan.index) > BOTTLE_LIMITS.totalBytes;
  if (tooLarge) notes.push("'runcache unbottle' will want --max-size for so much");
  return notes;
}
