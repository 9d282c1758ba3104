import { chmod, lstat, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

/** A directory that is removed when its scope ends: `await using dir = await tempDir();` */
export interface TempDir extends AsyncDisposable {
  /** Absolute, without symlinks. */
  readonly path: string;
  /** Absolute path of something below. */
  join(...parts: string[]): string;
}

/**
 * Makes an empty directory.
 * @param name part of the directory's name; may hold spaces and Unicode, to test those
 * @param parent where it lies; the system's temporary directory by default
 */
export async function tempDir(name = "test", parent = tmpdir()): Promise<TempDir> {
  const dir = await realpath(await mkdtemp(path.join(parent, `runcache-${name}-`)));
  return {
    path: dir,
    join: (...parts) => path.join(dir, ...parts),
    [Symbol.asyncDispose]: () => removeTree(dir),
  };
}

/** Removes a tree, read-only directories included, which entries of a cache may hold. */
export async function removeTree(dir: string): Promise<void> {
  if (process.getuid?.() !== 0) await makeWritable(dir);
  // Retries: a tool that a test has just killed may still be writing.
  await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
}

async function makeWritable(dir: string): Promise<void> {
  await chmod(dir, (await lstat(dir)).mode | 0o700);
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(path.join(dir, entry.name));
  }
}
