// @ts-check
// Whether a series of samples grows.

/**
 * What a straight line through the second half of the samples rises from its begin to its end. The first half is
 * left to caches that fill, and to a heap that finds its size.
 * @param {readonly number[]} samples taken at equal distances
 */
export function riseOf(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  if (half.length < 2) return 0;
  const middle = (half.length - 1) / 2;
  const mean = half.reduce((sum, sample) => sum + sample, 0) / half.length;
  let above = 0;
  let below = 0;
  for (const [index, sample] of half.entries()) {
    above += (index - middle) * (sample - mean);
    below += (index - middle) ** 2;
  }
  return (above / below) * (half.length - 1);
}

/**
 * What speaks against a series, or null: it rises over half of the time by more than its slack and more than a
 * tenth, or, where it has a limit, above that.
 * @param {import("./samples.mjs").Series} series
 */
export function growthOf({ what, slack, limit, values }) {
  const highest = Math.max(...values);
  if (limit !== undefined) return highest > limit ? `${what} is ${highest}, and may be ${limit}` : null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const [rise, allowed] = [riseOf(values), Math.max(slack, mean / 10)];
  return rise > allowed ? `${what} rises by ${rise.toFixed(1)} over half of the time, and may by ${allowed}` : null;
}
