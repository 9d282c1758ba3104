// @ts-check
// What a run of the benchmark found, as it is written to results.json.
import { median } from "./pairs.mjs";

/** @typedef {import("./bench.mjs").Row} Row */
/** @typedef {import("./bench.mjs").Result} Result */

/**
 * One line of the table. Without a result there is a reason.
 * @typedef {object} Line
 * @property {string} id
 * @property {string} title
 * @property {string} unit
 * @property {{ most: number } | { least: number } | null} target
 * @property {"met" | "missed" | "reported" | "not measured"} verdict
 * @property {string | null} reason
 * @property {number | null} result median
 * @property {number | null} low smallest
 * @property {number | null} high largest
 * @property {number} pairs
 * @property {number | null} others share of the machine that others used meanwhile, 0 to 1
 * @property {{ name: string, unit: string, median: number }[]} figures
 */

/**
 * @typedef {object} Results
 * @property {1} format
 * @property {string} date ISO 8601, UTC
 * @property {import("./machine.mjs").Machine} machine
 * @property {Record<string, string>} versions
 * @property {Line[]} rows
 */

/**
 * @param {Row} row
 * @param {Result | undefined} result
 * @param {number | null} others
 * @returns {Line}
 */
export function lineOf({ id, title, unit = "×", target }, result, others) {
  const base = { id, title, unit, target: target ?? null, others };
  if (result === undefined || "notMeasured" in result) {
    const reason = result?.notMeasured ?? "the measure gave no result";
    const nothing = { result: null, low: null, high: null, pairs: 0, figures: [] };
    return { ...base, ...nothing, verdict: "not measured", reason };
  }
  const { values, figures = [] } = result;
  const middle = median(values);
  return {
    ...base,
    verdict: verdictOf(middle, target),
    reason: null,
    result: middle,
    low: Math.min(...values),
    high: Math.max(...values),
    pairs: values.length,
    figures: figures.map((figure) => ({ name: figure.name, unit: figure.unit, median: median(figure.values) })),
  };
}

/**
 * @param {number} value
 * @param {Row["target"]} target
 */
function verdictOf(value, target) {
  if (target === undefined) return "reported";
  return ("most" in target ? value <= target.most : value >= target.least) ? "met" : "missed";
}
