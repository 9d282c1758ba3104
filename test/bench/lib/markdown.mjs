// @ts-check
// RESULTS.md: the table of a run, then what its readers need to know.
import { formatNumber, formatValue } from "./format.mjs";

/** @typedef {import("./results.mjs").Results} Results */
/** @typedef {import("./results.mjs").Line} Line */

/**
 * @param {Results} results
 * @param {string} notes Markdown
 */
export function markdownOf({ date, machine, versions, rows }, notes) {
  const { cpu, cores, memoryGiB, system, fileSystem } = machine;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Benchmarks",
    "",
    "<!-- Written by `pnpm bench` from results.json and notes.md. -->",
    "",
    `Measured on ${date.slice(0, 10)}: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, ${fileSystem}.`,
    `Versions: ${named.join(", ")}.`,
    "",
    "Every result is a ratio within one run: both sides alternate, and the result is the median of the pairs (smallest to largest in the next column). Absolute times are medians of the same run and say little on another machine.",
    "",
    table([["measure", "target", "result", "spread", "pairs", "verdict", "by themselves"], ...rows.map(cellsOf)]),
    "",
    notes.trim(),
    "",
  ].join("\n");
}

/** @param {Line} line */
function cellsOf({ title, unit, target, verdict, reason, result, low, high, pairs, figures }) {
  const goal =
    target === null
      ? ""
      : "most" in target
        ? `≤ ${formatValue(target.most, unit)}`
        : `≥ ${formatValue(target.least, unit)}`;
  if (result === null || low === null || high === null) return [title, goal, "", "", "", verdict, reason ?? ""];
  return [
    title,
    goal,
    `**${formatValue(result, unit)}**`,
    `${formatNumber(low)} – ${formatNumber(high)}`,
    String(pairs),
    verdict,
    figures.map((figure) => `${figure.name} ${formatValue(figure.median, figure.unit)}`).join(", "),
  ];
}

/** @param {readonly (readonly string[])[]} lines the first is the header */
function table([header = [], ...lines]) {
  const row = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [row(header), row(header.map(() => "---")), ...lines.map(row)].join("\n");
}
