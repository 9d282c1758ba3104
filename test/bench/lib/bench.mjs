// @ts-check
// What measures are made of, and one of them carried out.

/**
 * What a measure is given.
 * @typedef {object} Bench
 * @property {string} dir host path of an empty directory, on a file system whose times the ledger relies on
 * @property {boolean} smoke small and few: only to see that everything runs
 * @property {number} count pairs to measure
 * @property {(what: string, found: unknown, wanted: unknown) => void} expect throws where the two differ: a time counts
 *   only where the right things happened
 * @property {(name: string) => import("../peers/peers.mjs").Peer} peer throws `NotMeasured` where it is not installed
 */

/**
 * What one side of a ratio was by itself.
 * @typedef {{ name: string, unit: string, values: number[] }} Figure
 */

/**
 * What came of one row: a value a pair, or why there is none.
 * @typedef {{ id: string, values: number[], figures?: Figure[] } | { id: string, notMeasured: string }} Result
 */

/**
 * One row of the table. `most` and `least` are targets; without either the row is reported only.
 * @typedef {{ id: string, title: string, unit?: string, target?: { most: number } | { least: number } }} Row
 */

/**
 * @typedef {object} Measure
 * @property {readonly Row[]} rows
 * @property {(bench: Bench) => Result[] | Promise<Result[]>} measure
 */

/** The measures, in the order of the table: each is a file of `measures/` and runs in a process of its own. */
export const MEASURES = [
  "warm-hit",
  "cold-digest",
  "wasm-digest",
  "miss",
  "first-miss",
  "commit",
  "race",
  "scale",
  "styxcache",
  "runs-hit",
  "runs-sweep",
  "runs-scale",
  "whole-process",
  "start-up",
];

/** A row cannot be measured here, and the message says why. */
export class NotMeasured extends Error {}

/**
 * The rows of a measure.
 * @param {string} name
 * @returns {Promise<Measure>}
 */
export async function loadMeasure(name) {
  return /** @type {Measure} */ (await import(`../measures/${name}.mjs`));
}

/**
 * Throws where `found` is not `wanted`.
 * @param {string} what
 * @param {unknown} found
 * @param {unknown} wanted
 */
export function expect(what, found, wanted) {
  if (found !== wanted) throw new Error(`${what}: expected ${String(wanted)}, found ${String(found)}`);
}
