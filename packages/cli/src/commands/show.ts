import { readStream, type Cache, type Entry, type OutputRecord, type StreamName } from "@runcache/core";
import { defineCommand } from "../command-line/command.js";
import { cacheFlag, jsonFlag } from "../command-line/common-flags.js";
import { EXIT } from "../exit-codes.js";
import { formatAge, formatBytes, formatDuration, plural } from "../output/format.js";
import type { Output } from "../output/output.js";
import { printable } from "../output/printable.js";
import { commandText } from "../reports/command-text.js";
import { findEntry } from "../reports/find-entry.js";
import { openExisting } from "../reports/open-existing.js";

export const show = defineCommand({
  name: "show",
  summary: "Show one entry: what made it, from what, and what it holds",
  description: [
    "Shows the parts of the key, outputs, streams, who made the entry and when, and what a hit saves. With --json, all of the entry's own record.",
  ],
  operands: [{ name: "KEY", help: "the key of an entry, or its beginning", completes: "key" }],
  flags: { ...cacheFlag, ...jsonFlag },
  examples: [["runcache show 3fa9c1d2", "everything about one entry"]],
  run: async ({ flags, operands, context }) => {
    const { cache } = await openExisting(context, flags);
    const entry = findEntry(cache, operands[0] ?? "");
    if (flags.json) context.out.json({ ...entry.manifest, dir: entry.dir, use: cache.usage(entry) });
    else print(context.out, cache, entry);
    return EXIT.ok;
  },
});

/** Outputs and lines of streams that are shown; --json has them all. */
const MOST_OUTPUTS = 50;
const MOST_LINES = 5;

function print(out: Output, cache: Cache, entry: Entry): void {
  const { manifest, key, dir } = entry;
  const { parts, tool, user, host, usage } = manifest;
  const nowMs = Date.now();
  const use = cache.usage(entry);
  const row = (name: string, value: string): void => out.line(`${out.style.dim(name.padEnd(9))} ${value}`);
  const command = commandText(manifest);
  row("key", out.style.bold(key));
  row("tool", printable(`${tool.package}/${tool.name} (${tool.id})`));
  if (command !== null) row("command", printable(command));
  if (manifest.image !== null) row("image", printable(manifest.image));
  const cpu = usage === null ? "" : ` (${formatDuration(usage.userMs + usage.systemMs)} of CPU)`;
  row("took", `${formatDuration(manifest.durationMs)}${cpu}, exit code ${manifest.exitCode}`);
  row("made", `${manifest.finishedAt}, ${formatAge(Date.parse(manifest.finishedAt), nowMs)}${origin(user, host)}`);
  if (use !== null) row("used", use.isPinned ? "pinned" : formatAge(use.usedAtMs, nowMs));
  row("path", dir);
  for (const input of parts.inputs) {
    row("input", printable(`${input.name ?? "(any name)"}  ${input.kind}  ${shortDigest(input.digest)}`));
  }
  const variables = Object.entries(parts.env).filter(([, digest]) => digest !== null);
  if (variables.length > 0) row("env", printable(variables.map(([name]) => name).join(" ")));
  if (JSON.stringify(parts.extra) !== "{}") row("extra", printable(JSON.stringify(parts.extra)));
  for (const parent of manifest.parents) row("parent", parent);
  for (const output of manifest.outputs.slice(0, MOST_OUTPUTS)) row("output", printable(outputText(output)));
  const more = manifest.outputs.length - MOST_OUTPUTS;
  if (more > 0) row("", `and ${plural(more, "more output", "more outputs")}`);
  for (const name of ["stdout", "stderr"] as const) printStream(out, entry, name, row);
}

function origin(user: string | null, host: string | null): string {
  if (user === null && host === null) return "";
  return ` by ${printable([user ?? "?", host].filter((part) => part !== null).join("@"))}`;
}

function outputText(output: OutputRecord): string {
  switch (output.kind) {
    case "file":
      return `${output.path}  ${formatBytes(output.sizeBytes)}  ${shortDigest(output.digest)}`;
    case "dir":
      return `${output.path}/`;
    case "link":
      return `${output.path} -> ${output.target}`;
  }
}

function shortDigest(digest: string): string {
  return digest.slice(0, digest.indexOf(":") + 17);
}

function printStream(out: Output, entry: Entry, name: StreamName, row: (name: string, value: string) => void): void {
  const { sizeBytes, inline } = entry.manifest[name];
  if (sizeBytes === 0) return;
  row(name, formatBytes(sizeBytes));
  if (inline === null) return; // 'runcache cat' shows it
  const lines = readStream(entry, name).toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines.slice(0, MOST_LINES)) out.line(`  ${printable(line)}`);
  if (lines.length > MOST_LINES) out.line(`  and ${plural(lines.length - MOST_LINES, "more line", "more lines")}`);
}
