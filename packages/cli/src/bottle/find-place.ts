/**
 * Where in `word` the absolute path `place` stands, itself or something below it, or null: `PATH`,
 * `--option=PATH`, `@PATH`, `-fPATH`.
 */
export function findPlace(word: string, place: string): number | null {
  const from = word.indexOf(place);
  if (from === -1) return null;
  const before = word.slice(0, from);
  const isStart = before === "" || before === "@" || /^-[A-Za-z]$/.test(before) || before.endsWith("=");
  const next = word.charAt(from + place.length);
  return isStart && (next === "" || next === "/") ? from : null;
}
