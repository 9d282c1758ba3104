import { readdirSync } from "node:fs";
import { bytePath, inputPath, joinBytes, type BytePath } from "../hashing/byte-path.js";
import { displayPath } from "../hashing/input-path.js";
import { BUMP_NAME, RESERVED_NAME } from "./layout.js";
import type { Manifest } from "./manifest.js";

/**
 * Entry-relative paths in the host directory `dir` that its `manifest` does not list, for people: no run
 * wrote them. A directory among them stands for all that is in it; the entry's own record is left out.
 * @throws what the file system throws
 */
export function unlistedPaths(dir: string, { outputs }: Manifest): Generator<string> {
  const listed: ReadonlySet<BytePath> = new Set(outputs.map(({ path }) => bytePath(path)));
  return walk(bytePath(dir), "", listed);
}

function* walk(root: BytePath, dir: BytePath, listed: ReadonlySet<BytePath>): Generator<string> {
  for (const item of readdirSync(inputPath(joinBytes(root, dir)), { encoding: "buffer", withFileTypes: true })) {
    const path = joinBytes(dir, bytePath(item.name));
    if (OWN_NAMES.has(path)) continue;
    if (!listed.has(path)) yield displayPath(inputPath(path));
    else if (item.isDirectory()) yield* walk(root, path, listed);
  }
}

const OWN_NAMES: ReadonlySet<string> = new Set([RESERVED_NAME, BUMP_NAME]);
