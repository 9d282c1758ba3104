import { statSync } from "node:fs";
import { join } from "node:path";
import { inputError } from "../hashing/input-path.js";
import type { Flow } from "../platform/flow.js";
import { copyWritable } from "./copy-file.js";
import { copyTree } from "./copy-tree.js";

/**
 * Puts the `copies` of mutable inputs (name → host path of the source) into the host directory
 * `outputDir`. The sources are only read.
 * @throws InputError where a source is gone or cannot be read
 */
export function* stageCopies(copies: ReadonlyMap<string, string>, outputDir: string): Flow<void> {
  for (const [name, source] of copies) {
    const target = join(outputDir, name);
    if (isDirectory(source)) yield* copyTree(source, target);
    else yield* copyWritable(source, target);
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    throw inputError(path, error);
  }
}
