// @ts-check
// The run stores that measures share: the same points and the same trivial runner as peers/entropic_runs.py.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { integer, real, RunStore, text } from "@runcache/runs";

/** Host path of the peer's script. */
export const ENTROPIC = fileURLToPath(new URL("../peers/entropic_runs.py", import.meta.url));

/** Records of one batch. */
export const BATCH = 100;

const columns = { n: integer(), batch: integer(), dt: real(), method: text() };

/**
 * @param {string} dir host path
 * @param {{ durability?: "none" | "safe" }} [options] by default as the peer has it
 */
export function openRuns(dir, { durability = "none" } = {}) {
  return new RunStore({ dir, name: "bench", columns, durability });
}

/** @param {number} n */
export function pointOf(n) {
  return { n, batch: Math.floor(n / BATCH), dt: 0.01, method: "rk4" };
}

/** @param {number} count */
export function* pointsTo(count) {
  for (let n = 0; n < count; n++) yield pointOf(n);
}

/**
 * @param {object} _params
 * @param {{ readonly resultFile: string }} context
 */
export function writeResult(_params, { resultFile }) {
  writeFileSync(resultFile, "done");
}

/** A runner for what must be a hit. */
export function refuse() {
  throw new Error("a hit ran");
}

/**
 * A store of `count` records.
 * @param {string} dir host path
 * @param {number} count
 */
export async function fillRuns(dir, count) {
  const store = openRuns(dir);
  await store.sweep(pointsTo(count), writeResult, { collect: false });
  return store;
}

/**
 * So many hits, spread over the records of a store.
 * @param {ReturnType<typeof openRuns>} store
 * @param {number} count of its records
 * @param {number} rounds
 * @returns {() => Promise<number>} milliseconds a hit
 */
export function hitsOf(store, count, rounds) {
  const points = Array.from({ length: rounds }, (_, round) => pointOf(Math.floor((round * count) / rounds)));
  return async () => {
    const start = performance.now();
    for (const point of points) await store.runOrRetrieve(point, refuse);
    return (performance.now() - start) / rounds;
  };
}
