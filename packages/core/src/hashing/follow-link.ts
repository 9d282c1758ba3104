import { readlinkSync, realpathSync } from "node:fs";
import { hasCode } from "../types/errors.js";
import { bytePath, inputPath, joinBytes, parentBytes, relativeBytes, type BytePath } from "./byte-path.js";
import { inputError, lstatIfAny } from "./input-path.js";

/**
 * Where a symbolic link leads: it stays `inside` its tree at every step (or leads nowhere there), it
 * leaves and reaches the real path `target`, or it leaves and reaches nothing.
 */
export type LinkEnd =
  { readonly kind: "inside" } | { readonly kind: "dangling" } | { readonly kind: "outside"; readonly target: BytePath };

/**
 * Follows the link at the absolute path `link`, of text `text`, in the tree at `root`. `root` and all
 * but the last name of `link` hold no links.
 * @throws InputError `ERR_RUNCACHE_INPUT_UNREADABLE` where a directory on the way may not be searched.
 */
export function followLink(root: BytePath, link: BytePath, text: BytePath): LinkEnd {
  try {
    if (staysInside(root, parentBytes(link), text)) return { kind: "inside" };
    return { kind: "outside", target: bytePath(realpathSync.native(inputPath(link), { encoding: "buffer" })) };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return { kind: "dangling" };
    throw inputError(inputPath(link), error);
  }
}

/** As many as Linux follows. */
const MAX_HOPS = 40;

/** Whether no step of following `text` from `directory` leaves `root`; one that leads nowhere stays. */
function staysInside(root: BytePath, directory: BytePath, text: BytePath): boolean {
  let current = directory;
  let pending: BytePath[] = [];
  const start = (target: BytePath): boolean => {
    const inner = target.startsWith("/") ? relativeBytes(root, target) : target;
    if (inner === null) return false;
    if (target.startsWith("/")) current = root;
    pending = [...inner.split("/"), ...pending];
    return true;
  };
  if (!start(text)) return false;
  for (let hops = 1, name = pending.shift(); name !== undefined; name = pending.shift()) {
    if (name === "" || name === ".") continue;
    current = name === ".." ? parentBytes(current) : joinBytes(current, name);
    if (relativeBytes(root, current) === null) return false;
    const stats = lstatIfAny(inputPath(current));
    if (stats === null) return true;
    if (!stats.isSymbolicLink()) continue;
    if (++hops > MAX_HOPS) return true;
    const next = bytePath(readlinkSync(inputPath(current), { encoding: "buffer" }));
    current = parentBytes(current);
    if (!start(next)) return false;
  }
  return true;
}
