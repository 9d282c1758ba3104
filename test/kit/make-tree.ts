import { execFile } from "node:child_process";
import { chmod, mkdir, symlink as makeSymlink, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** A directory tree as a plain object: names to contents. A string or bytes is a file, an object a directory. */
export interface Tree {
  readonly [name: string]: TreeNode;
}

/** One name of a {@link Tree}. */
export type TreeNode = string | Uint8Array | FileNode | DirNode | SymlinkNode | FifoNode | Tree;

/** Makes {@link file} more than its content. */
export interface FileNode {
  readonly kind: "file";
  readonly content: string | Uint8Array;
  /** Permission bits; the umask does not apply. */
  readonly mode?: number;
  readonly mtime?: Date;
}

/** A directory with permission bits. */
export interface DirNode {
  readonly kind: "dir";
  readonly tree: Tree;
  readonly mode?: number;
}

/** A symbolic link, whether its target exists or not. */
export interface SymlinkNode {
  readonly kind: "symlink";
  readonly target: string;
}

/** A named pipe. */
export interface FifoNode {
  readonly kind: "fifo";
}

/** A file with permission bits or a time: `{ "tool.sh": file("…", { mode: 0o755 }) }`. */
export function file(content: string | Uint8Array, options: Pick<FileNode, "mode" | "mtime"> = {}): FileNode {
  return { kind: "file", content, ...options };
}

/** A directory with permission bits. Plain objects are directories too. */
export function dir(tree: Tree, mode?: number): DirNode {
  return mode === undefined ? { kind: "dir", tree } : { kind: "dir", tree, mode };
}

/** A symbolic link. */
export function symlink(target: string): SymlinkNode {
  return { kind: "symlink", target };
}

/** A named pipe. */
export function fifo(): FifoNode {
  return { kind: "fifo" };
}

/** Makes `tree` in the directory `root`, which is made where it is missing. Names may hold slashes. */
export async function makeTree(root: string, tree: Tree): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [name, node] of Object.entries(tree)) {
    const target = path.join(root, name);
    await mkdir(path.dirname(target), { recursive: true });
    await makeNode(target, node);
  }
}

async function makeNode(target: string, node: TreeNode): Promise<void> {
  if (typeof node === "string" || node instanceof Uint8Array) return writeFile(target, node);
  if (!isNode(node)) return makeTree(target, node);
  switch (node.kind) {
    case "file":
      await writeFile(target, node.content);
      if (node.mode !== undefined) await chmod(target, node.mode);
      if (node.mtime !== undefined) await utimes(target, node.mtime, node.mtime);
      return;
    case "dir":
      await makeTree(target, node.tree);
      if (node.mode !== undefined) await chmod(target, node.mode);
      return;
    case "symlink":
      return makeSymlink(node.target, target);
    case "fifo":
      await promisify(execFile)("mkfifo", [target]);
  }
}

/** Told from a directory by its `kind`: a {@link Tree} cannot hold a file "kind" whose content is one of these words. */
function isNode(
  node: FileNode | DirNode | SymlinkNode | FifoNode | Tree,
): node is FileNode | DirNode | SymlinkNode | FifoNode {
  const { kind } = node;
  return kind === "file" || kind === "dir" || kind === "symlink" || kind === "fifo";
}
