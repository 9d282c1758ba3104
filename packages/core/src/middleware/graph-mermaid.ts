import type { Graph } from "./graph-runner.js";

/** Where a diagram grows: to the bottom, top, right or left. */
export type GraphDirection = "TD" | "BT" | "LR" | "RL";

/** `graph` as a Mermaid flowchart; cached steps are dashed, failed ones bold, and both say so. */
export function mermaidOf({ steps, edges }: Graph, direction: GraphDirection): string {
  const lines = [`graph ${direction}`];
  for (const { id, package: pack, name, status } of steps) {
    const label = status === "ran" ? `${pack}/${name}` : `${pack}/${name} (${status})`;
    lines.push(`  ${id}["${escapeLabel(label)}"]${status === "ran" ? "" : `:::${status}`}`);
  }
  for (const { from, to } of edges) lines.push(`  ${from} --> ${to}`);
  lines.push("  classDef cached stroke-dasharray: 4", "  classDef failed stroke-width: 4px");
  return `${lines.join("\n")}\n`;
}

/** Mermaid writes characters as `#<code point>;` where they would mean something. */
function escapeLabel(text: string): string {
  return text.replaceAll(/[^\w /.()@+-]/gu, (character) => `#${character.codePointAt(0)};`);
}
