import type { Entry } from "@runcache/core";
import { printable } from "../output/printable.js";
import type { Ancestor, Lineage } from "./lineage.js";

export const LINEAGE_FORMATS = ["text", "mermaid", "dot"] as const;
export type LineageFormat = (typeof LINEAGE_FORMATS)[number];

/** `lineage` as lines: a tree for terminals, a flowchart for Mermaid, or a graph for Graphviz. */
export function lineageText(lineage: Lineage, format: LineageFormat): string[] {
  switch (format) {
    case "text":
      return treeOf(lineage);
    case "mermaid":
      return ["flowchart LR", ...edges(lineage).map((line) => `  ${line}`)];
    case "dot":
      return ["digraph lineage {", "  rankdir=LR;", ...dotLines(lineage).map((line) => `  ${line}`), "}"];
  }
}

function treeOf({ root, ancestors, gone }: Lineage): string[] {
  const lines: string[] = [];
  const shown = new Set<string>();
  const visit = (entry: Entry, through: readonly string[], depth: number): void => {
    const names = through.length === 0 ? "" : `  (${through.map(printable).join(", ")})`;
    const again = shown.has(entry.key) ? "  …" : "";
    lines.push(`${"  ".repeat(depth)}${printable(label(entry))}${names}${again}`);
    if (shown.has(entry.key)) return;
    shown.add(entry.key);
    for (const ancestor of ancestors.get(entry.key) ?? []) visit(ancestor.entry, ancestor.through, depth + 1);
    for (const key of gone.get(entry.key) ?? []) lines.push(`${"  ".repeat(depth + 1)}${key.slice(0, 12)} (removed)`);
  };
  visit(root, [], 0);
  return lines;
}

function edges(lineage: Lineage): string[] {
  const nodes = entriesOf(lineage).map((entry) => `${id(entry)}["${mermaidText(label(entry))}"]`);
  const links = linksOf(lineage).map(([from, to, through]) => {
    const text = through.length === 0 ? "" : `|"${mermaidText(through.join(", "))}"|`;
    return `${id(from)} -->${text} ${id(to)}`;
  });
  return [...nodes, ...links];
}

function dotLines(lineage: Lineage): string[] {
  const nodes = entriesOf(lineage).map((entry) => `${id(entry)} [label=${dotText(label(entry))}];`);
  const links = linksOf(lineage).map(
    ([from, to, through]) => `${id(from)} -> ${id(to)} [label=${dotText(through.join(", "))}];`,
  );
  return [...nodes, ...links];
}

function entriesOf({ root, ancestors }: Lineage): Entry[] {
  const entries = new Map([[root.key, root]]);
  for (const { entry } of [...ancestors.values()].flat()) entries.set(entry.key, entry);
  return [...entries.values()];
}

function linksOf(lineage: Lineage): [from: Entry, to: Entry, through: Ancestor["through"]][] {
  return entriesOf(lineage).flatMap((to) =>
    (lineage.ancestors.get(to.key) ?? []).map(({ entry, through }): [Entry, Entry, Ancestor["through"]] => [
      entry,
      to,
      through,
    ]),
  );
}

function id({ key }: Entry): string {
  return `k${key.slice(0, 12)}`;
}

function label({ key, manifest }: Entry): string {
  return `${manifest.tool.name} ${key.slice(0, 12)}`;
}

/** Mermaid knows HTML entities, and no other way to write what means something to it. */
function mermaidText(text: string): string {
  return printable(text).replaceAll(/["#<>&]/g, (character) => `#${character.codePointAt(0) ?? 0};`);
}

function dotText(text: string): string {
  return `"${printable(text).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
