// @ts-check
// Two things measured against each other: alternating, on the same machine, in the same minute.

/**
 * One of the two. Returns how long it took, in any unit that both share.
 * @typedef {() => number | Promise<number>} Side
 */

/**
 * Runs both sides `count` times, in the order a b, b a, a b, …: drift then falls on both alike.
 * @param {Side} a
 * @param {Side} b
 * @param {{ count: number, warmups?: number }} options
 * @returns {Promise<{ a: number[], b: number[] }>} pairs: `a[i]` and `b[i]` were measured one after the other
 */
export async function pairs(a, b, { count, warmups = 1 }) {
  /** @type {{ a: number[], b: number[] }} */
  const times = { a: [], b: [] };
  for (let round = -warmups; round < count; round++) {
    const isEven = round % 2 === 0;
    const first = await (isEven ? a : b)();
    const second = await (isEven ? b : a)();
    if (round < 0) continue;
    times.a.push(isEven ? first : second);
    times.b.push(isEven ? second : first);
  }
  return times;
}

/**
 * What `a` is in units of `b`, pair by pair.
 * @param {readonly number[]} a
 * @param {readonly number[]} b
 */
export function ratios(a, b) {
  return a.map((value, index) => value / /** @type {number} */ (b[index]));
}

/** @param {readonly number[]} values at least one */
export function median(values) {
  return quantile(values, 0.5);
}

/**
 * Linear between the neighbours.
 * @param {readonly number[]} values at least one
 * @param {number} share 0 to 1
 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [low = NaN, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * Milliseconds that `work` takes.
 * @param {() => unknown} work
 */
export function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Milliseconds until what `work` returns has settled.
 * @param {() => Promise<unknown>} work
 */
export async function timedAsync(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
