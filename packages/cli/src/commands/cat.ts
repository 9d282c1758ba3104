import { closeSync, constants, openSync, readSync } from "node:fs";
import { join, posix } from "node:path";
import { nearestName, readStream, UsageError, type Entry } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag } from "../command-line/common-flags.js";
import { toggle } from "../command-line/flags.js";
import { EXIT } from "../exit-codes.js";
import type { Output } from "../output/output.js";
import { findEntry } from "../reports/find-entry.js";
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
    else copyOut(pathIn(entry, file), context.out);
    return EXIT.ok;
  },
});

/** Host path of the output called `file`. */
function pathIn({ dir, key, manifest }: Entry, file: string): string {
  const wanted = posix.normalize(file);
  const files = manifest.outputs.flatMap((output) => (output.kind === "dir" ? [] : [output.path]));
  if (files.includes(wanted)) return join(dir, wanted);
  const near = nearestName(wanted, files);
  const hint = near === undefined ? `'runcache show ${key.slice(0, 12)}' lists its outputs` : `did you mean ${near}?`;
  throw new UsageError("ERR_RUNCACHE_NO_OUTPUT", `the entry ${key} has no file ${JSON.stringify(file)}; ${hint}`, {
    key,
    file,
  });
}

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
