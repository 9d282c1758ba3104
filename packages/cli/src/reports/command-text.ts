import type { JsonValue, Manifest } from "@runcache/core";
import { quoteWord } from "../output/format.js";

/**
 * The command line of an entry for people: as its key or its guards hold it, with the names of inputs
 * where the tool saw their paths. Null where the entry does not say.
 */
export function commandText({ parts, guards }: Pick<Manifest, "parts" | "guards">): string | null {
  const argv = commandOf({ parts, guards });
  if (argv === null) return null;
  const nameOf = (index: number): string => parts.inputs[index]?.name ?? `input-${index}`;
  return argv.map((word) => quoteWord(wordText(word, nameOf))).join(" ");
}

/**
 * The words of an entry's command line. The guards come first: in the parameters of a key, a reference is
 * like anything else that begins with a dollar.
 */
export function commandOf({ parts, guards }: Pick<Manifest, "parts" | "guards">): readonly JsonValue[] | null {
  return argvOf(guards) ?? argvOf(parts.params);
}

/** The words of a command line: texts, and pieces with references to inputs. */
export function argvOf(holder: JsonValue): readonly JsonValue[] | null {
  const argv = typeof holder === "object" && holder !== null && "argv" in holder ? holder["argv"] : null;
  return Array.isArray(argv) ? (argv as JsonValue[]) : null;
}

/** One word, with what `nameOf` says for the inputs that it refers to. */
export function wordText(word: JsonValue, nameOf: (index: number) => string): string {
  if (typeof word === "string") return word;
  if (Array.isArray(word)) return word.map((piece: JsonValue) => wordText(piece, nameOf)).join("");
  const index = typeof word === "object" && word !== null && "$input" in word ? word["$input"] : null;
  return typeof index === "number" ? nameOf(index) : "";
}
