import type { Output } from "./output.js";

/** On a terminal, lines end where it does. */
export function printLines(out: Output, lines: readonly string[]): void {
  const width = out.isTerminal ? process.stdout.columns || Infinity : Infinity;
  for (const line of lines) out.line(line.length <= width ? line : `${line.slice(0, width - 1)}…`);
}
