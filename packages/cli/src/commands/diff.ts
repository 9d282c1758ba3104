import { explainDifferences, type Entry, type OutputRecord } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { printable } from "../output/printable.js";
import { argvOf, wordText } from "../reports/command-text.js";
import { differenceTexts, wordedDifferences } from "../reports/differences.js";
import { findEntry } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";

export const diff = defineCommand({
  name: "diff",
  summary: "Say what differs between two entries: their keys and their outputs",
  description: ["The exit code is 0 where nothing differs, and 1 where something does."],
  operands: [
    { name: "KEY", help: "the key of an entry, or its beginning", completes: "key" },
    { name: "OTHER", help: "the key of another entry", completes: "key" },
  ],
  flags: { ...cacheFlag, ...jsonFlag },
  examples: [["runcache diff 3fa9c1d2 77b01e90", "why two entries, and not one?"]],
  run: async ({ flags, operands, context: { out, ...context } }) => {
    const { cache } = await openExisting({ out, ...context }, flags);
    const [before, after] = operands.map((key) => findEntry(cache, key)) as [Entry, Entry];
    const key = explainDifferences(before.manifest.parts, after.manifest.parts);
    const outputs = outputDifferences(before, after);
    const command = (argvOf(after.manifest.parts.params) ?? []).map((word) => wordText(word, String));
    if (flags.json) out.json({ before: before.key, after: after.key, key: wordedDifferences(key), outputs });
    else {
      for (const text of differenceTexts(key, command)) out.line(`key     ${printable(text)}`);
      for (const { path, change } of outputs) out.line(`output  ${printable(path)} ${change}`);
    }
    return key.length + outputs.length === 0 ? EXIT.ok : EXIT.no;
  },
});

/** One output, or stream, that is not the same in both entries. */
interface OutputDifference {
  readonly path: string;
  readonly change: "added" | "removed" | "changed";
}

function outputDifferences(before: Entry, after: Entry): OutputDifference[] {
  const [old, now] = [contents(before), contents(after)];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .sort()
    .map((path) => ({ path, change: !old.has(path) ? "added" : !now.has(path) ? "removed" : "changed" }));
}

function contents({ manifest }: Entry): Map<string, string> {
  const streams = (["stdout", "stderr"] as const).map((name) => [`(${name})`, manifest[name].digest] as const);
  return new Map([...manifest.outputs.map((output) => [output.path, contentOf(output)] as const), ...streams]);
}

function contentOf(output: OutputRecord): string {
  if (output.kind === "file") return `${output.digest} ${output.mode & 0o100}`;
  return output.kind === "link" ? `link ${output.target}` : "dir";
}
