import { existsSync, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { BottleError } from "./bottle-error.js";

/** One path below a directory. */
export interface TreeNode {
  /** Relative, POSIX. */
  readonly path: string;
  readonly kind: "file" | "dir" | "link";
  /** Text of a link. */
  readonly target: string;
}

/** What is runcache's own, and no part of an input: as the digest of a tree leaves it out. */
const RECORDS = ".runcache";
const BUMP = ".runcache.bump";

/**
 * What lies below the host directory `root`, links not followed; a directory before what is in it.
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_PATH` for a name that is not UTF-8, or what is neither file,
 * directory nor link; what the file system throws
 */
export function listTree(root: string): TreeNode[] {
  const nodes: TreeNode[] = [];
  const pending = [""];
  const isEntry = existsSync(join(root, RECORDS, "manifest.json"));
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    for (const name of namesIn(join(root, dir))) {
      if (name === BUMP || (isEntry && dir === "" && name === RECORDS)) continue;
      const path = dir === "" ? name : `${dir}/${name}`;
      const node = nodeAt(root, path);
      nodes.push(node);
      if (node.kind === "dir") pending.push(path);
    }
  }
  return nodes.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function nodeAt(root: string, path: string): TreeNode {
  const stats = lstatSync(join(root, path));
  if (stats.isDirectory()) return { path, kind: "dir", target: "" };
  if (stats.isFile()) return { path, kind: "file", target: "" };
  if (stats.isSymbolicLink()) return { path, kind: "link", target: readlinkSync(join(root, path)) };
  throw new BottleError("PATH", `${join(root, path)} is neither file, directory nor link: a bottle cannot hold it`, {
    path: join(root, path),
  });
}

function namesIn(dir: string): string[] {
  return readdirSync(dir, { encoding: "buffer" }).map((bytes) => {
    const name = bytes.toString("utf8");
    if (Buffer.from(name, "utf8").equals(bytes)) return name;
    throw new BottleError("PATH", `${dir} holds a name that is not valid UTF-8: a bottle cannot hold it`, {
      path: dir,
    });
  });
}
