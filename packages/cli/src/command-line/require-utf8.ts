import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { UsageError } from "@runcache/core";

/** What stands in a text for bytes that are none. */
const REPLACEMENT = "\ufffd";

/**
 * Refuses `words` of the process's command line whose bytes are not UTF-8: as texts they are others, so that two
 * command lines would be one, and the command would get what nobody wrote.
 * @throws UsageError `ERR_RUNCACHE_NOT_UTF8`
 */
export function requireUtf8Words(words: readonly string[]): void {
  if (!words.some((word) => word.includes(REPLACEMENT))) return;
  const all = piecesOf("/proc/self/cmdline");
  const given = all?.slice(-words.length);
  words.forEach((word, index) => {
    if (!isLossy(word, given?.[index])) return;
    const split = words.indexOf("--");
    const own = split === -1 || index < split;
    const place = own ? `argument ${index + 1} of runcache` : `argument ${index - split - 1} of the command`;
    throw notUtf8(place, word, "give it in UTF-8, or run a script that holds it");
  });
}

/**
 * Refuses values of the variables `names` whose bytes are not UTF-8, for the same reasons.
 * @throws UsageError `ERR_RUNCACHE_NOT_UTF8`
 */
export function requireUtf8Values(env: NodeJS.ProcessEnv, names: readonly string[]): void {
  for (const name of names) {
    const value = env[name];
    if (value?.includes(REPLACEMENT) !== true) continue;
    const start = Buffer.from(`${name}=`);
    const given = piecesOf("/proc/self/environ")?.find((piece) => piece.subarray(0, start.length).equals(start));
    if (!isLossy(value, given?.subarray(start.length))) continue;
    throw notUtf8(`the variable ${name}`, value, "set it in UTF-8, or leave it out");
  }
}

/** Whether `text` may be another one than what was `given`; where nobody knows that, it may. */
function isLossy(text: string, given: Buffer | undefined): boolean {
  if (!text.includes(REPLACEMENT)) return false;
  return given === undefined || !isUtf8(given) || given.toString("utf8") !== text;
}

/** What the file at the host path `path` holds between NULs; null where it cannot be read. */
function piecesOf(path: string): Buffer[] | null {
  try {
    const pieces = readFileSync(path, "latin1").split("\0");
    return pieces.slice(0, -1).map((piece) => Buffer.from(piece, "latin1"));
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return null;
    throw error;
  }
}

function notUtf8(place: string, text: string, hint: string): UsageError {
  return new UsageError("ERR_RUNCACHE_NOT_UTF8", `${place} is not UTF-8 (${JSON.stringify(text)}): ${hint}`, { place });
}
