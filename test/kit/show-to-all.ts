import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** This repository and this Node, where every user of the machine can reach them. */
export interface Shown extends Disposable {
  /** Host path of Node's binary. */
  readonly node: string;
  /** Host path of a file of the repository, named relative to its root. */
  readonly file: (name: string) => string;
}

const repoRoot = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Shows both at a place of their own, by bind mounts: a clone, or a Node, below a private home directory
 * cannot be reached by others. Needs root.
 */
export function showToAll(): Shown {
  const dir = mkdtempSync(path.join(tmpdir(), "runcache-shown-"));
  chmodSync(dir, 0o755);
  const [repository, node] = [path.join(dir, "repository"), path.join(dir, "node")];
  mkdirSync(repository);
  writeFileSync(node, "");
  mount(repoRoot, repository);
  mount(process.execPath, node);
  return {
    node,
    file: (name) => path.join(repository, name),
    [Symbol.dispose]: () => {
      for (const place of [repository, node]) spawnSync("umount", ["--lazy", place]);
      rmSync(node);
      rmdirSync(repository); // never recursively: behind a mount that stayed lies the repository
      rmdirSync(dir);
    },
  };
}

function mount(what: string, where: string): void {
  const { status, stderr } = spawnSync("mount", ["--bind", what, where], { encoding: "utf8" });
  if (status !== 0) throw new Error(`mount --bind ${what} failed: ${stderr}`);
}
