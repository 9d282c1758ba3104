/**
 * Bytes in an amount of storage as people write it: `500M`, `50GiB`, `1.5T`, `4096`; null where it is
 * none. Units are powers of 1024, as in `du -h`, but for those that say otherwise: `kB`, `MB`, `GB`, `TB`.
 */
export function parseSize(text: string): number | null {
  const [, amount, prefix = "", suffix = ""] = /^(\d+(?:\.\d+)?) ?([kKMGTP]?)(iB|B)?$/.exec(text) ?? [];
  if (amount === undefined || (prefix === "" && suffix === "iB")) return null;
  const power = " kmgtp".indexOf(prefix.toLowerCase() || " ");
  const bytes = Math.round(Number(amount) * (suffix === "B" ? 1000 : 1024) ** power);
  return Number.isSafeInteger(bytes) ? bytes : null;
}
