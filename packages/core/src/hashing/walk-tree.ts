import { readdirSync, readlinkSync, type Dirent } from "node:fs";
import type { Flow } from "../platform/flow.js";
import { InputError } from "../types/errors.js";
import { breather } from "./breather.js";
import { bytePath, inputPath, joinBytes, type BytePath } from "./byte-path.js";
import { displayPath, inputError, kindError, kindName, lstatIfAny, type InputPath } from "./input-path.js";

/** What counts of a tree: its files, its symbolic links, and the directories that are empty. */
export type TreeMember =
  | { readonly kind: "file"; readonly path: BytePath }
  | { readonly kind: "directory"; readonly path: BytePath }
  | TreeLink;

/** A symbolic link, as it stands. */
export interface TreeLink {
  readonly kind: "link";
  readonly path: BytePath;
  /** What the link says, not where it leads. */
  readonly text: BytePath;
}

/**
 * The members of the tree at `root`, an absolute path without links, in no order; their paths are
 * relative to it. Links are not followed. Left out: runcache's own records, where `root` is an entry.
 * @throws InputError `ERR_RUNCACHE_INPUT_KIND` for sockets, FIFOs and devices, `ERR_RUNCACHE_INPUT_CACHE`
 * where a cache lies in the tree, `ERR_RUNCACHE_INPUT_MISSING` or `ERR_RUNCACHE_INPUT_UNREADABLE`.
 */
export function* walkTree(root: BytePath): Flow<TreeMember[]> {
  const members: TreeMember[] = [];
  const pending: BytePath[] = [""];
  const breathe = breather();
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const entries = listDirectory(root, path);
    if (entries.length === 0) members.push({ kind: "directory", path });
    for (const { name, type } of entries) {
      const member = joinBytes(path, name);
      if (type.isDirectory()) pending.push(member);
      else members.push(readMember(root, member, type));
    }
    yield* breathe();
  }
  return members;
}

interface Entry {
  readonly name: BytePath;
  readonly type: EntryType;
}

type EntryType = Dirent | Dirent<Buffer>;

const RECORDS = ".runcache";
const BUMP = ".runcache.bump";
const CACHE_MARKERS = [".runcache.json", "CACHEDIR.TAG"];

function listDirectory(root: BytePath, path: BytePath): Entry[] {
  const directory = joinBytes(root, path);
  const entries = readDirectory(inputPath(directory));
  const names = new Set(entries.map(({ name }) => name));
  if (CACHE_MARKERS.every((marker) => names.has(marker))) throw cacheError(directory);
  const isEntry = path === "" && names.has(RECORDS) && hasManifest(directory);
  return entries.filter(({ name }) => name !== BUMP && !(isEntry && name === RECORDS));
}

function readDirectory(path: InputPath): Entry[] {
  try {
    if (typeof path === "string") {
      const entries = readdirSync(path, { withFileTypes: true });
      // What is not UTF-8 becomes U+FFFD; where there is one, the bytes are needed.
      if (!entries.some(({ name }) => name.includes("\ufffd"))) return entries.map(toEntry);
    }
    return readdirSync(path, { encoding: "buffer", withFileTypes: true }).map(toEntry);
  } catch (error) {
    throw inputError(path, error);
  }
}

function toEntry(type: EntryType): Entry {
  return { name: bytePath(type.name), type };
}

function hasManifest(directory: BytePath): boolean {
  return lstatIfAny(inputPath(joinBytes(directory, `${RECORDS}/manifest.json`))) !== null;
}

function readMember(root: BytePath, path: BytePath, type: EntryType): TreeMember {
  if (type.isFile()) return { kind: "file", path };
  const hostPath = inputPath(joinBytes(root, path));
  if (!type.isSymbolicLink()) throw kindError(hostPath, kindName(type));
  try {
    return { kind: "link", path, text: bytePath(readlinkSync(hostPath, { encoding: "buffer" })) };
  } catch (error) {
    throw inputError(hostPath, error);
  }
}

function cacheError(directory: BytePath): InputError {
  const path = displayPath(inputPath(directory));
  const message = `input ${path} is a cache of runcache, which changes with every run; pass a directory that does not hold it`;
  return new InputError("ERR_RUNCACHE_INPUT_CACHE", path, message);
}
