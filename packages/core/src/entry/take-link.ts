import { readlinkSync, realpathSync, statSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { bytePath } from "../hashing/byte-path.js";
import { followLink } from "../hashing/follow-link.js";
import { kindName } from "../hashing/input-path.js";
import { hasCode } from "../types/errors.js";
import { OutputRefused } from "./output-refused.js";

/** A link that stays inside the entry. */
export interface ScannedLink {
  readonly kind: "link";
  /** Relative to the output directory. */
  readonly path: string;
  /** Text of the link: relative. */
  readonly target: string;
}

/** A link that leads out of the outputs; the content of the file at this host path replaces it. */
interface LeavingLink {
  readonly kind: "leaving";
  readonly content: string;
}

/**
 * Decides about the link at `path` in the output directory, whose real host path is `realRoot`. One that
 * ends inside but says so in an absolute or roundabout way is rewritten: it must hold when the directory
 * has moved.
 * @throws OutputRefused where it dangles, loops, or leads to a directory outside; what the file system throws
 */
export function takeLink(realRoot: string, path: string): ScannedLink | LeavingLink {
  const hostPath = join(realRoot, path);
  const text = readlinkSync(hostPath);
  const end = endOf(hostPath);
  if (end === null) throw new OutputRefused(`output ${path} is a link that leads nowhere (${text})`);
  const inner = relative(realRoot, end);
  if (inner === ".." || inner.startsWith("../")) return leave(path, text, end);
  if (!text.startsWith("/") && staysInside(realRoot, hostPath)) return { kind: "link", path, target: text };
  const target = relative(dirname(hostPath), end) || ".";
  unlinkSync(hostPath);
  symlinkSync(target, hostPath);
  return { kind: "link", path, target };
}

function leave(path: string, text: string, end: string): LeavingLink {
  const stats = statSync(end);
  if (stats.isFile()) return { kind: "leaving", content: end };
  throw new OutputRefused(`output ${path} is a link to ${kindName(stats)} outside the outputs (${text})`);
}

/** Real path that the link reaches, or null. Node's own `realpathSync` takes `..` for what is written before it. */
function endOf(link: string): string | null {
  try {
    return realpathSync.native(link);
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return null;
    throw error;
  }
}

/** Whether no step on the way leaves the directory. */
function staysInside(realRoot: string, link: string): boolean {
  const text = bytePath(readlinkSync(link, { encoding: "buffer" }));
  return followLink(bytePath(realRoot), bytePath(link), text).kind === "inside";
}
