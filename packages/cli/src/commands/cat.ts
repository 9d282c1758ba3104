import { closeSync, constants, openSync, readSync } from "node:fs";
import { readStream } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { toggle } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import type { Output } from "../output/output.js";
import { findEntry, outputPath } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";

export const cat = defineCommand({
  name: "cat",
  summary: "Write one output of an entry, or one of its streams, to standard output",
  description: ["Without FILE, writes what the command wrote to standard output, or with --stderr to standard error."],
  operands: [
    { name: "KEY", help: "the key of an entry, or its beginning", completes: "key" },
    { name: "FILE", help: "an output, as 'runcache show' names it", optional: true },
  ],
  flags: { stderr: toggle("What the command wrote to standard error"), ...cacheFlag },
  examples: [
    ["runcache cat 3fa9c1d2 sorted.txt", "an output"],
    ["runcache cat 3fa9c1d2 --stderr", "what it said"],
  ],
  run: async ({ flags, operands: [key = "", file], context }) => {
    const { cache } = await openExisting(context, flags);
    const entry = findEntry(cache, key);
    if (file === undefined) context.out.write(readStream(entry, flags.stderr ? "stderr" : "stdout"));
    else copyOut(outputPath(entry, file), context.out);
    return EXIT.ok;
  },
});

function copyOut(path: string, out: Output): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const buffer = Buffer.allocUnsafe(256 * 1024);
    while (out.isOpen) {
      const length = readSync(fd, buffer);
      if (length === 0) break;
      out.write(buffer.subarray(0, length));
    }
  } finally {
    closeSync(fd);
  }
}
