// @ts-check
// What the soak watches: memory and descriptors of processes, and what lies in a cache. Linux.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/**
 * `slack`: so much it may rise over half of the time; `limit`: it may rise up to there. `settles`: only in minutes.
 * @typedef {{ what: string, slack: number, limit?: number, settles?: boolean, values: number[] }} Series
 */

/** Directories of a cache that must not fill up. */
const IN_CACHE = [".incoming", ".trash", ".locks", ".recent", ".stats"];

/** @returns {Series[]} empty ones, in the order of `sample` */
export function makeSeries() {
  return [
    { what: "resident memory of a worker, MB", slack: 15, settles: true, values: [] },
    { what: "descriptors of a worker", slack: 5, settles: true, values: [] },
    { what: "threads of a worker", slack: 2, settles: true, values: [] },
    // The lock of a killed process, two names, stays until the next call of its key, or the next prune.
    ...IN_CACHE.map((name) => ({ what: `names in ${name}`, slack: 10, settles: name === ".locks", values: [] })),
    { what: "entries", slack: 0, limit: 600, values: [] },
    { what: "size of the ledger, KB", slack: 0, limit: 11_000, values: [] },
  ];
}

/**
 * Adds one value to each of `series`. Of several workers the highest counts.
 * @param {readonly Series[]} series
 * @param {readonly number[]} pids
 * @param {string} dir
 */
export function sample(series, pids, dir) {
  const cache = path.join(dir, "cache");
  const values = [
    Math.max(...pids.map((pid) => statusOf(pid, "VmRSS") / 1024)),
    Math.max(...pids.map((pid) => readdirSync(`/proc/${pid}/fd`).length)),
    Math.max(...pids.map((pid) => statusOf(pid, "Threads"))),
    ...IN_CACHE.map((name) => namesIn(path.join(cache, name)).length),
    namesIn(cache).flatMap((shard) => (/^[0-9a-f]{2}$/.test(shard) ? namesIn(path.join(cache, shard)) : [])).length,
    bytesBelow(path.join(dir, "xdg")) / 1024,
  ];
  for (const [index, { values: before }] of series.entries()) before.push(values[index] ?? 0);
}

/** @param {number} pid @param {string} field */
function statusOf(pid, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

/** @param {string} dir */
export function namesIn(dir) {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return [];
    throw error;
  }
}

/** @param {string} dir @returns {number} */
function bytesBelow(dir) {
  return namesIn(dir).reduce((sum, name) => {
    const below = path.join(dir, name);
    const stats = statSync(below, { throwIfNoEntry: false });
    return sum + (stats?.isDirectory() === true ? bytesBelow(below) : (stats?.size ?? 0));
  }, 0);
}
