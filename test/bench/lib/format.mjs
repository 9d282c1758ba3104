// @ts-check
// Figures as people read them; README.md and RESULTS.md write them alike.

/**
 * Three digits that count: `1.73`, `12.4`, `813`, `4,210`.
 * @param {number} value
 */
export function formatNumber(value) {
  if (value >= 1000) return Number(value.toPrecision(3)).toLocaleString("en-US");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/**
 * A value with its unit: `1.73×`, `41.0 ms`.
 * @param {number} value
 * @param {string} unit
 */
export function formatValue(value, unit) {
  return unit === "×" ? `${formatNumber(value)}×` : `${formatNumber(value)} ${unit}`;
}
