import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Digests, InputError, runUnblocked, type Cache, type Digest, type Entry, type InputPart } from "@runcache/core";
import { quoteCommand } from "../output/format.js";
import { BottleError } from "./bottle-error.js";

/** Where to look for inputs. */
export interface InputSearch {
  readonly cache: Cache;
  /** Absolute host path of the working directory. */
  readonly cwd: string;
  /** Paths given with `--in`. */
  readonly given: readonly string[];
}

/** Nothing is taken from the ledger: a bottle is for others. */
const digests = new Digests({ ledger: null });

/**
 * Host paths of the inputs of `entry`, by index: of the file or directory that was hashed, whose content is
 * now what it was then. Outputs of other entries are taken from those.
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_INPUT`, naming every input that is gone or has changed
 */
export async function findInputs(entry: Entry, search: InputSearch): Promise<readonly string[]> {
  const { inputs } = entry.manifest.parts;
  const found: string[] = [];
  const faults: string[] = [];
  const makers = new Makers(entry, search.cache);
  for (const [index, input] of inputs.entries()) {
    const places = placesOf(entry, index, search);
    const from = (await makers.outputOf(input)) ?? (await firstEqual(input, places));
    if (from === null) faults.push(faultOf(input, places));
    else found.push(from);
  }
  if (faults.length === 0) return found;
  const message = `the entry ${entry.key} cannot be bottled with its inputs: ${faults.join("; ")}. Stand where it ran, name the old content with --in PATH, or leave inputs out with --no-inputs`;
  throw new BottleError("INPUT", message, { key: entry.key, faults });
}

/** The program at the host path `path`, where it still has `digest`. */
export async function isSameProgram(path: string, digest: string): Promise<boolean> {
  return (await digestAt(path, "file")) === digest;
}

/** Where an input may lie: where the user says, where the command had it, and under its name here. */
function placesOf({ manifest }: Entry, index: number, { cwd, given }: InputSearch): string[] {
  const { params, inputs } = manifest.parts;
  const own = typeof params === "object" && params !== null && "params" in params ? params["params"] : null;
  const places = typeof own === "object" && own !== null && "inputs" in own ? own["inputs"] : null;
  const place: unknown = Array.isArray(places) ? places[index] : undefined;
  const name = inputs[index]?.name;
  const named = [place, name].filter((path) => typeof path === "string");
  return [...new Set([...given, ...named].map((path) => resolve(cwd, path)))];
}

async function firstEqual(input: InputPart, places: readonly string[]): Promise<string | null> {
  for (const place of places) {
    const path = input.resolveParent ? dirname(place) : place;
    if ((await digestAt(path, input.kind)) === input.digest) return path;
  }
  return null;
}

/** Null where there is none, or nothing of that kind. */
async function digestAt(path: string, kind: InputPart["kind"]): Promise<Digest | null> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (kind === "tree" ? stats?.isDirectory() !== true : stats?.isFile() !== true) return null;
  try {
    if (kind === "tree") return await runUnblocked(digests.tree(path));
    const [file] = await runUnblocked(digests.read([path]));
    return file?.digest ?? null;
  } catch (error) {
    if (error instanceof InputError) return null; // a cache, a socket in a tree: not what was hashed then
    throw error;
  }
}

function faultOf({ name, kind, digest }: InputPart, places: readonly string[]): string {
  const what = name === null ? `an input of the digest ${digest}` : quoteCommand([name]);
  const there = places.filter((place) => basename(place) === name && statSync(place, { throwIfNoEntry: false }));
  if (there.length > 0) return `${what} has changed since (${there.join(", ")} has not the digest ${digest})`;
  return `${what} (a ${kind}) was not found`;
}

/** Entries that inputs came from. */
class Makers {
  readonly #entry: Entry;
  readonly #cache: Cache;

  constructor(entry: Entry, cache: Cache) {
    this.#entry = entry;
    this.#cache = cache;
  }

  /** Host path of the input in the entry that made it, or null. */
  async outputOf({ digest, kind, name }: InputPart): Promise<string | null> {
    for (const key of this.#entry.manifest.parents) {
      const parent = this.#cache.get(key);
      if (parent === null) continue;
      const path = kind === "file" ? fileIn(parent, digest) : await this.#treeIn(parent, digest, name);
      if (path !== null && (kind === "tree" || (await digestAt(path, "file")) === digest)) return path;
    }
    return null;
  }

  /** The entry itself, or a directory in it. */
  async #treeIn({ dir, manifest }: Entry, digest: Digest, name: string | null): Promise<string | null> {
    const inner = manifest.outputs.filter(({ kind, path }) => kind === "dir" && basename(path) === name);
    for (const path of [dir, ...inner.map((output) => join(dir, output.path))]) {
      if ((await digestAt(path, "tree")) === digest) return path;
    }
    return null;
  }
}

function fileIn({ dir, manifest }: Entry, digest: Digest): string | null {
  const output = manifest.outputs.find((candidate) => candidate.kind === "file" && candidate.digest === digest);
  return output === undefined ? null : join(dir, output.path);
}
