import { mkdirSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { relative } from "node:path/posix";
import { bytePath, inputPath, joinBytes, parentBytes, relativeBytes, type BytePath } from "../hashing/byte-path.js";
import { followLink } from "../hashing/follow-link.js";
import { kindError } from "../hashing/input-path.js";
import { walkTree, type TreeLink } from "../hashing/walk-tree.js";
import type { Flow } from "../platform/flow.js";
import { copyWritable } from "./copy-file.js";

/**
 * Copies the directory at the host path `from` to `to`, which must not exist. Nothing in the copy leads
 * back: links inside the tree point to the copy's own files, of links that leave it the content is
 * copied.
 * @throws InputError where something cannot be read, or is neither file, directory nor link
 */
export function* copyTree(from: string, to: string): Flow<void> {
  yield* copyBelow(bytePath(from), bytePath(to), []);
}

/** @param above real paths of the trees that are being copied, which a link may not bring in again */
function* copyBelow(from: BytePath, to: BytePath, above: readonly BytePath[]): Flow<void> {
  const root = bytePath(realpathSync.native(inputPath(from), { encoding: "buffer" }));
  if (above.some((tree) => relativeBytes(root, tree) !== null)) throw kindError(inputPath(from), "a link to itself");
  mkdirSync(inputPath(to));
  for (const member of yield* walkTree(root)) {
    const target = joinBytes(to, member.path);
    mkdirSync(inputPath(member.kind === "directory" ? target : parentBytes(target)), { recursive: true });
    if (member.kind === "file") yield* copyWritable(inputPath(joinBytes(root, member.path)), inputPath(target));
    if (member.kind === "link") yield* copyLink(root, member, target, [...above, root]);
  }
}

function* copyLink(root: BytePath, link: TreeLink, to: BytePath, above: readonly BytePath[]): Flow<void> {
  const end = followLink(root, joinBytes(root, link.path), link.text);
  if (end.kind !== "outside") {
    symlinkSync(inputPath(ownText(root, link)), inputPath(to));
  } else if (statSync(inputPath(end.target)).isDirectory()) {
    yield* copyBelow(end.target, to, above);
  } else {
    yield* copyWritable(inputPath(end.target), inputPath(to));
  }
}

/** An absolute text that points into the tree would point to the original: it becomes relative. */
function ownText(root: BytePath, { path, text }: TreeLink): BytePath {
  const inside = text.startsWith("/") ? relativeBytes(root, text) : null;
  return inside === null ? text : relative(parentBytes(`/${path}`), `/${inside}`);
}
