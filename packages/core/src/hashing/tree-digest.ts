import { realpathSync, statSync } from "node:fs";
import type { Flow } from "../platform/flow.js";
import type { Digest } from "../types/brand.js";
import { InputError } from "../types/errors.js";
import { bytePath, inputPath, joinBytes, relativeBytes, type BytePath } from "./byte-path.js";
import type { FileDigest } from "./file-digest.js";
import { followLink } from "./follow-link.js";
import type { Hasher } from "./hasher.js";
import { displayPath, inputError, kindError, kindName, type InputPath } from "./input-path.js";
import { fileRecord, hashRecords, type TreeRecord } from "./tree-records.js";
import { walkTree, type TreeLink } from "./walk-tree.js";

/** How a tree is read. */
export interface TreeDigestOptions {
  readonly hasher: Hasher;
  /** Digests of the regular files at `paths`, in their order; no path holds a link. */
  readonly readFiles: (paths: readonly InputPath[]) => Flow<readonly FileDigest[]>;
}

/**
 * Digest of the directory at the host path `root`: names, contents, executable or not, links, empty
 * directories; neither times nor owners. KEY.md has the framing.
 * @throws InputError as `walkTree` and `readFiles` do; `ERR_RUNCACHE_INPUT_LINKS` where links lead from
 * directory to directory without end.
 */
export function* treeDigest(root: InputPath, options: TreeDigestOptions): Flow<Digest> {
  let realRoot: BytePath;
  try {
    realRoot = bytePath(realpathSync.native(root, { encoding: "buffer" }));
  } catch (error) {
    throw inputError(root, error);
  }
  return yield* digestOf({ root: realRoot, outer: [] }, options);
}

/** A tree that is being hashed. */
interface Tree {
  /** Real path. */
  readonly root: BytePath;
  /** Roots of the trees whose links led here, nearest first. */
  readonly outer: readonly BytePath[];
}

/** A record that lacks the digest of `file`. */
interface DueRecord {
  readonly path: BytePath;
  readonly linkText: BytePath | null;
  readonly file: BytePath;
}

function* digestOf(tree: Tree, options: TreeDigestOptions): Flow<Digest> {
  const records: TreeRecord[] = [];
  const due: DueRecord[] = [];
  for (const member of yield* walkTree(tree.root)) {
    const { kind, path } = member;
    if (kind === "directory") records.push({ kind: "d", path, fields: [] });
    if (kind === "file") due.push({ path, linkText: null, file: joinBytes(tree.root, path) });
    if (kind !== "link") continue;
    const record = yield* linkRecord(member, tree, options);
    if ("file" in record) due.push(record);
    else records.push(record);
  }
  const contents = yield* options.readFiles(due.map(({ file }) => inputPath(file)));
  for (const [index, { path, linkText }] of due.entries()) {
    records.push(fileRecord(path, linkText, contents[index] as FileDigest));
  }
  return hashRecords(records, options.hasher);
}

/** Directories that links lead to, one from another. */
const MAX_OUTER = 40;

function* linkRecord(
  { path, text }: TreeLink,
  { root, outer }: Tree,
  options: TreeDigestOptions,
): Flow<TreeRecord | DueRecord> {
  const link = joinBytes(root, path);
  const end = followLink(root, link, text);
  if (end.kind !== "outside") return { kind: end.kind === "inside" ? "l" : "n", path, fields: [text] };

  // A target in one of the trees that are being hashed counts there already; following it might not end.
  const trees = [root, ...outer];
  for (const [level, tree] of trees.entries()) {
    const inner = relativeBytes(tree, end.target);
    if (inner !== null) return { kind: "b", path, fields: [text, String(level), inner] };
  }
  const stats = statSync(inputPath(end.target));
  if (stats.isFile()) return { path, linkText: text, file: end.target };
  if (!stats.isDirectory()) throw kindError(inputPath(link), `a link to ${kindName(stats)}`);
  if (outer.length === MAX_OUTER) throw linksError(link);
  const digest = yield* digestOf({ root: end.target, outer: trees }, options);
  return { kind: "D", path, fields: [text, digest] };
}

function linksError(link: BytePath): InputError {
  const path = displayPath(inputPath(link));
  const message = `input ${path} is a link through more than ${MAX_OUTER} directories that link to one another; pass them by themselves`;
  return new InputError("ERR_RUNCACHE_INPUT_LINKS", path, message);
}
