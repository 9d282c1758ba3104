/**
 * A test of whether a text fits an SQL pattern as a whole: `%` is any text, `_` one character (a code
 * point), `\` takes the next one literally (itself where it is the last). Case matters. The time is at most
 * the product of both lengths, whatever the pattern.
 */
export function likePattern(pattern: string): (text: string) => boolean {
  const steps = stepsOf(pattern);
  return (text) => fits(Array.from(text), steps);
}

const ANY_TEXT = Symbol("%");
const ANY_CHARACTER = Symbol("_");
type Step = string | typeof ANY_TEXT | typeof ANY_CHARACTER;

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = [];
  let literally = false;
  for (const character of pattern) {
    if (literally) steps.push(character);
    else if (character === "%") steps.push(ANY_TEXT);
    else if (character === "_") steps.push(ANY_CHARACTER);
    else if (character !== "\\") steps.push(character);
    literally = !literally && character === "\\";
  }
  if (literally) steps.push("\\");
  return steps;
}

/** Goes back to the last `%` only: what an earlier one took can stay as it is. */
function fits(text: readonly string[], steps: readonly Step[]): boolean {
  let at = 0;
  let step = 0;
  let lastAny = -1;
  let takenTo = 0;
  while (at < text.length) {
    const wanted = steps[step];
    if (wanted === ANY_TEXT) {
      lastAny = step++;
      takenTo = at;
    } else if (wanted !== undefined && (wanted === ANY_CHARACTER || wanted === text[at])) {
      at++;
      step++;
    } else if (lastAny >= 0) {
      at = ++takenTo;
      step = lastAny + 1;
    } else {
      return false;
    }
  }
  while (steps[step] === ANY_TEXT) step++;
  return step === steps.length;
}

/** The pattern with what it takes its last backslash for written out: PostgreSQL refuses one that escapes nothing. */
export function trailingEscapeDoubled(pattern: string): string {
  const [backslashes = ""] = /\\*$/.exec(pattern) ?? [];
  return backslashes.length % 2 === 0 ? pattern : `${pattern}\\`;
}
