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
  const mean = meanOf(half);
  let above = 0;
  let below = 0;
  for (const [index, sample] of half.entries()) {
    above += (index - middle) * (sample - mean);
    below += (index - middle) ** 2;
  }
  return (above / below) * (half.length - 1);
}

/**
 * Whether the last quarter lies above each of the others: a heap that is collected now and then rises, but not
 * to where it never was.
 * @param {readonly number[]} samples
 */
function endsHighest(samples) {
  const bounds = [0, 1, 2, 3, 4].map((quarter) => Math.floor((quarter * samples.length) / 4));
  const [last = 0, ...others] = [3, 2, 1, 0].map((quarter) =>
    meanOf(samples.slice(bounds[quarter], bounds[quarter + 1])),
  );
  return others.every((other) => last > other);
}

/** @param {readonly number[]} samples */
function meanOf(samples) {
  return samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
}

/**
 * What speaks against a series, or null: it rises over half of the time by more than its slack and more than a
 * tenth, to where it never was, or, where it has a limit, above that.
 * @param {import("./samples.mjs").Series} series
 */
export function growthOf({ what, slack, limit, values }) {
  const highest = Math.max(...values);
  if (limit !== undefined) return highest > limit ? `${what} is ${highest}, and may be ${limit}` : null;
  const [rise, allowed] = [riseOf(values), Math.max(slack, meanOf(values) / 10)];
  return rise > allowed && endsHighest(values)
    ? `${what} rises by ${rise.toFixed(1)} over half of the time, and may by ${allowed}`
    : null;
}
