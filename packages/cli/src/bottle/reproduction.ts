import { basename, dirname, join, normalize } from "node:path/posix";
import { copyName, type JsonValue, type Manifest } from "@runcache/core";
import { commandOf } from "../reports/command-text.js";
import { findPlace } from "./find-place.js";

/** A piece of a word: text as it is, or a path below the directory that the run happens in. */
export type Piece = string | { readonly at: string };

/** Where an input of an entry is to lie when it runs again. */
export interface InputPlace {
  /** Name of the file or directory in the bottle, below `inputs/<index>/`. */
  readonly name: string;
  /**
   * `copy`: at a path below the directory of the run; `mount`: at a path in the container; `own`: at the
   * absolute host path that the command knows by itself, which no bottle can bring along.
   */
  readonly kind: "copy" | "mount" | "own";
  readonly path: string;
}

/** Where an output is to be found after the run. */
export interface OutputPlace {
  /** Entry-relative; the output and all below it. */
  readonly entryName: string;
  /** Below the directory of the run, or an absolute host path. */
  readonly path: string;
}

/** How an entry can be made again: pure facts of its manifest. */
export interface Reproduction {
  readonly words: readonly (readonly Piece[])[];
  /** The working directory, below the directory of the run. */
  readonly workDir: string;
  /** Directories that must be there, below the directory of the run. */
  readonly directories: readonly string[];
  /** By index. */
  readonly inputs: readonly InputPlace[];
  readonly outputs: readonly OutputPlace[];
  /** Index of the input that standard input reads, or null for nothing. */
  readonly stdin: number | null;
  /** Place of the program, relative to the working directory, where the command names it by such a path. */
  readonly program: string | null;
}

/** Container paths, as all engines have them. */
const INPUT_ROOT = "/runcache/input";
const OUTPUT_DIR = "/runcache/output";

/** What an entry says about how it was made, or null where it does not hold its command line. */
export function reproductionOf(manifest: Manifest): Reproduction | null {
  const argv = commandOf(manifest);
  if (argv === null || argv.length === 0) return null;
  const isCommand = manifest.parts.tool.package === "command" && manifest.image === null;
  return isCommand ? ofCommand(manifest, argv) : ofTool(manifest, argv);
}

/** A tool that was given the paths of its inputs, and wrote where it stood. */
function ofTool(manifest: Manifest, argv: readonly JsonValue[]): Reproduction {
  const workDir = "work";
  const isContainer = manifest.image !== null;
  const taken = new Set<string>();
  const inputs: InputPlace[] = [];
  const references: Piece[] = [];
  for (const [index, { name, kind, mutable, resolveParent }] of manifest.parts.inputs.entries()) {
    const given = nameOf(name);
    if (mutable) {
      const copy = copyName(given, kind === "tree", taken);
      taken.add(copy);
      inputs.push({ name: given, kind: "copy", path: join(workDir, copy) });
      references.push(isContainer ? join(OUTPUT_DIR, copy) : copy.startsWith("-") ? `./${copy}` : copy);
      continue;
    }
    const bottled = resolveParent ? "parent" : given;
    const inner = join(String(index), bottled, resolveParent ? given : "");
    if (isContainer) {
      inputs.push({ name: bottled, kind: "mount", path: join(INPUT_ROOT, String(index), bottled) });
      references.push(join(INPUT_ROOT, inner).replace(/\/$/, ""));
    } else {
      inputs.push({ name: bottled, kind: "copy", path: join("inputs", String(index), bottled) });
      references.push({ at: join("inputs", inner).replace(/\/$/, "") });
    }
  }
  const words = argv.map((word) => piecesOf(word, references));
  // A command finds the directories of its outputs, as in the working directory of its user.
  const named = manifest.parts.tool.package === "command" ? Object.keys(manifest.names) : [];
  return {
    words,
    workDir,
    directories: distinct([workDir, ...named.map((name) => join(workDir, dirname(name)))]),
    inputs,
    outputs: [{ entryName: "", path: workDir }],
    stdin: stdinOf(manifest),
    program: isContainer ? null : programOf(words),
  };
}

/** A command of `runcache run`, which knew its files by paths relative to where the user stood. */
function ofCommand(manifest: Manifest, argv: readonly JsonValue[]): Reproduction {
  const { inputs: inputPlaces, outputs: outputPlaces } = placesOf(manifest.parts.params);
  const words = argv.map((word) => (typeof word === "string" ? word : ""));
  const program = programOf(words.map((word) => [word]));
  const relatives = [...inputPlaces, ...outputPlaces, ...(program === null ? [] : [program])];
  const depth = Math.max(0, ...relatives.map(levelsUp));
  const workDir = join("work", ...Array.from({ length: depth }, () => "w"));
  const moved = new Map<string, string>();
  const named = (place: string): boolean => words.some((word) => findPlace(word, place) !== null);
  const inputs = manifest.parts.inputs.map(({ name }, index): InputPlace => {
    const place = inputPlaces[index];
    const given = nameOf(name);
    if (place === undefined) return { name: given, kind: "copy", path: join("inputs", String(index), given) };
    if (!place.startsWith("/")) return { name: given, kind: "copy", path: join(workDir, place) };
    if (!named(place)) return { name: given, kind: "own", path: place };
    const path = join("inputs", String(index), given);
    moved.set(place, path);
    return { name: given, kind: "copy", path };
  });
  const entryNames = entryNamesOf(outputPlaces, Object.keys(manifest.names));
  const outputs = outputPlaces.map((place, index): OutputPlace => {
    const entryName = entryNames[index] ?? place;
    if (!place.startsWith("/")) return { entryName, path: join(workDir, place) };
    if (!named(place)) return { entryName, path: place };
    const path = join("outputs", String(index), basename(place));
    moved.set(place, path);
    return { entryName, path };
  });
  // The longest first: one place may lie below another.
  const places = [...moved.keys()].sort((a, b) => b.length - a.length);
  const pieces = words.map((word): Piece[] => {
    for (const place of places) {
      const from = findPlace(word, place);
      if (from === null) continue;
      const rest = word.slice(from + place.length);
      return [word.slice(0, from), { at: `${moved.get(place) ?? ""}${rest}` }].filter((piece) => piece !== "");
    }
    return [word];
  });
  const parents = outputs.filter(({ path }) => !path.startsWith("/")).map(({ path }) => dirname(path));
  const directories = distinct([workDir, ...parents]);
  return { words: pieces, workDir, directories, inputs, outputs, stdin: stdinOf(manifest), program };
}

function distinct(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}

/** Others may have made the key: the name of an input is one part of a path. */
export function nameOf(name: unknown): string {
  return typeof name === "string" && /^[^/\0]+$/.test(name) && name !== "." && name !== ".." ? name : "input";
}

/** A reference becomes what `references` has for it. */
function piecesOf(word: JsonValue, references: readonly Piece[]): Piece[] {
  if (typeof word === "string") return [word];
  if (Array.isArray(word)) return word.flatMap((piece: JsonValue) => piecesOf(piece, references));
  const index = referenceOf(word);
  const reference = index === null ? undefined : references[index];
  return reference === undefined ? [] : [reference];
}

/** The parameters of a key write references like any key with a dollar: with one more. */
function referenceOf(value: JsonValue | undefined): number | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { $input: plain, $$input: escaped } = value as Record<string, unknown>;
  const index = plain ?? escaped;
  return typeof index === "number" ? index : null;
}

function stdinOf({ parts, guards }: Manifest): number | null {
  const { params } = parts;
  const keyed = typeof params === "object" && params !== null && "stdin" in params ? params["stdin"] : undefined;
  return referenceOf(keyed) ?? referenceOf(guards["stdin"]);
}

/** Where a command's inputs and outputs lay, in the order of the key. */
function placesOf(params: JsonValue): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
  const own = typeof params === "object" && params !== null && "params" in params ? params["params"] : null;
  const list = (name: string): string[] => {
    const value = typeof own === "object" && own !== null && name in own ? (own as Record<string, unknown>)[name] : [];
    return Array.isArray(value) ? value.filter((place) => typeof place === "string") : [];
  };
  return { inputs: list("inputs"), outputs: list("outputs") };
}

/** Outputs of the working directory keep their names; others are numbered, in a directory of their own. */
function entryNamesOf(places: readonly string[], names: readonly string[]): string[] {
  return places.map((place, index) => {
    const outside = join(".outside", String(index), basename(place));
    if (names.includes(outside)) return outside;
    if (names.includes(place)) return place;
    return names.find((name) => place.endsWith(`/${name}`)) ?? place;
  });
}

/** A program that the command names by a path relative to its working directory. */
function programOf(words: readonly (readonly Piece[])[]): string | null {
  const [first] = words[0] ?? [];
  if (typeof first !== "string" || words[0]?.length !== 1) return null;
  return first.includes("/") && !first.startsWith("/") ? normalize(first) : null;
}

function levelsUp(place: string): number {
  return place.startsWith("/")
    ? 0
    : normalize(place)
        .split("/")
        .filter((part) => part === "..").length;
}
