// @ts-check
// What the first miss of a process pays for: hasher, lock thread, watcher.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const rows = [
  { id: "first-miss", title: "first miss of a process, more than a later one", unit: "ms", target: { most: 60 } },
];

const CALLS = fileURLToPath(new URL("../lib/misses.mjs", import.meta.url));
const LATER = 9;

/** @param {import("../lib/bench.mjs").Bench} bench */
export function measure({ dir, count, expect }) {
  const times = Array.from({ length: count }, (_, index) => {
    const { stdout } = spawnSync(process.execPath, [CALLS, path.join(dir, `${index}`), String(LATER)], {
      encoding: "utf8",
    });
    const { first, later, stored } = /** @type {Record<string, number>} */ (JSON.parse(stdout));
    expect("stored entries", stored, 1 + LATER);
    return { first: first ?? NaN, later: later ?? NaN };
  });
  return [
    {
      id: "first-miss",
      values: times.map(({ first, later }) => first - later),
      figures: [
        { name: "first miss", unit: "ms", values: times.map(({ first }) => first) },
        { name: "later miss", unit: "ms", values: times.map(({ later }) => later) },
      ],
    },
  ];
}
