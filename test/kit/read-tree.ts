import { lstat, readFile, readdir, readlink } from "node:fs/promises";
import path from "node:path";
import { fifo, file, symlink, type Tree, type TreeNode } from "./make-tree.js";

/** Options of {@link readTree}. */
export interface ReadTreeOptions {
  /** Files become `file(content, { mode })`. @default false */
  readonly modes?: boolean;
  /** Names left out at any depth, such as `.runcache`. @default none */
  readonly without?: readonly string[];
}

/**
 * What is in the directory `root`, in the form that `makeTree` takes, so that a test compares whole trees:
 * `expect(await readTree(dir)).toEqual({ "out.txt": "…", logs: {} })`. Content that is no UTF-8 comes as bytes.
 */
export async function readTree(root: string, options: ReadTreeOptions = {}): Promise<Tree> {
  const tree: Record<string, TreeNode> = {};
  for (const name of (await readdir(root)).sort()) {
    if (options.without?.includes(name) === true) continue;
    tree[name] = await readNode(path.join(root, name), options);
  }
  return tree;
}

async function readNode(target: string, options: ReadTreeOptions): Promise<TreeNode> {
  const stats = await lstat(target);
  if (stats.isDirectory()) return readTree(target, options);
  if (stats.isSymbolicLink()) return symlink(await readlink(target));
  if (stats.isFIFO()) return fifo();
  const content = decode(await readFile(target));
  return options.modes === true ? file(content, { mode: stats.mode & 0o7777 }) : content;
}

function decode(bytes: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return bytes;
    throw error;
  }
}
