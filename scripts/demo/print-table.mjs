// @ts-check

/** @param {readonly import("./pipeline.d.mts").Step[]} steps */
export function printTable(steps) {
  const rows = steps.map(({ name, result, tookMs, output }) => [
    name,
    result.status,
    result.explanation ?? "",
    `${tookMs.toFixed(1)} ms`,
    result.savedMs > 0 ? `${result.savedMs.toFixed(1)} ms` : "",
    output.startsWith("(") ? output : shortPath(result.output(output)),
  ]);
  const header = ["step", "status", "why", "time", "saved", "output"];
  const widths = header.map((title, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0), title.length),
  );
  for (const row of [header, ...rows]) {
    process.stdout.write(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

/**
 * A path in the cache with its key cut, so that a row fits a terminal.
 * @param {string} path
 */
function shortPath(path) {
  return path.replace(/^.*\/([0-9a-f]{2})\/([0-9a-f]{8})[0-9a-f]{56}\//, "…/$1/$2…/");
}
