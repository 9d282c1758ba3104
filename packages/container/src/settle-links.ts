import { lstatSync, readdirSync, readlinkSync, statSync, symlinkSync, unlinkSync, type Stats } from "node:fs";
import { posix } from "node:path";
import { hasCode } from "@runcache/core";
import { OUTPUT_DIR, type Mount } from "./mounts.js";

// Paths are strings of bytes (latin1) here: names need not be UTF-8.

/** As many as Linux follows. */
const MAX_HOPS = 40;

/**
 * Makes the links among the outputs mean on the host what they meant in the container. One that ends in the outputs is
 * relative afterwards, one that ends in an input leads to the input's host path.
 * @param mounts those of the run, the outputs' included
 * @returns what is said of a link to a file that only the container had, or null where there is none
 */
export function settleLinks(mounts: readonly Mount[]): string | null {
  const view = new ContainerView(mounts);
  let lost: string | null = null;
  for (const link of linksBelow(view, OUTPUT_DIR)) lost ??= settle(view, link);
  return lost;
}

/** Whether the tool finds what the container path `path` names in the one directory that is mounted. */
export function isSeen(mount: Mount, path: string): boolean {
  const view = new ContainerView([mount]);
  const end = view.follow(posix.dirname(path), posix.basename(path));
  return end.kind === "mounted" && view.stats(end.path) !== undefined;
}

/** @param link container path */
function settle(view: ContainerView, link: string): string | null {
  const text = view.readLink(link);
  const end = view.follow(posix.dirname(link), text);
  if (end.kind === "inside") return null;
  if (end.kind === "container") {
    const name = posix.relative(OUTPUT_DIR, link);
    return `output ${shown(name)} is a link to ${shown(text)} in the container, which the host does not have; let the tool copy it`;
  }
  view.relink(link, end.path);
  return null;
}

function* linksBelow(view: ContainerView, directory: string): Generator<string> {
  for (const name of view.namesIn(directory)) {
    const path = posix.join(directory, name);
    const stats = view.stats(path);
    if (stats?.isSymbolicLink() === true) yield path;
    else if (stats?.isDirectory() === true) yield* linksBelow(view, path);
  }
}

/** Where a link ends: in the outputs without a step outside, at a file of a mount, or somewhere else in the container. */
type End =
  { readonly kind: "inside" } | { readonly kind: "mounted"; readonly path: string } | { readonly kind: "container" };

/** The file system as the tool saw it, as far as it lies on the host. */
class ContainerView {
  readonly #mounts: readonly { readonly from: string; readonly to: string }[];

  constructor(mounts: readonly Mount[]) {
    this.#mounts = mounts.map(({ containerPath, hostPath }) => ({
      from: bytesOf(containerPath),
      to: bytesOf(hostPath),
    }));
  }

  /** Follows `text` from the container directory `start`, step by step. */
  follow(start: string, text: string): End {
    let current = text.startsWith("/") ? "/" : start;
    let leaves = text.startsWith("/");
    const pending = text.split("/");
    for (let hops = 1, name = pending.shift(); name !== undefined; name = pending.shift()) {
      current = posix.join(current, name);
      leaves ||= !isWithin(current, OUTPUT_DIR);
      const stats = this.stats(current);
      if (stats?.isSymbolicLink() !== true || hops > MAX_HOPS) continue;
      hops += 1;
      const next = this.readLink(current);
      current = next.startsWith("/") ? "/" : posix.dirname(current);
      pending.unshift(...next.split("/"));
    }
    if (!leaves) return { kind: "inside" };
    return this.#hostPath(current) === null ? { kind: "container" } : { kind: "mounted", path: current };
  }

  /** Lets the link at `link` lead to `target`, both container paths. */
  relink(link: string, target: string): void {
    const isOutput = isWithin(target, OUTPUT_DIR);
    const text = isOutput ? posix.relative(posix.dirname(link), target) || "." : this.#host(target);
    const host = pathOf(this.#host(link));
    unlinkSync(host);
    symlinkSync(pathOf(text), host);
  }

  readLink(path: string): string {
    return readlinkSync(pathOf(this.#host(path)), { encoding: "latin1" });
  }

  /** What cannot be listed is looked at by whoever needs to read it. */
  namesIn(directory: string): string[] {
    try {
      return readdirSync(pathOf(this.#host(directory)), { encoding: "latin1" });
    } catch (error) {
      if (hasCode(error, "EACCES", "ENOENT")) return [];
      throw error;
    }
  }

  /** Of what lies in a mount and is there. */
  stats(path: string): Stats | undefined {
    const host = this.#hostPath(path);
    if (host === null) return undefined;
    // What is mounted is what a link leads to, not the link.
    const look = this.#mounts.some(({ from }) => from === path) ? statSync : lstatSync;
    try {
      return look(pathOf(host), { throwIfNoEntry: false });
    } catch (error) {
      if (hasCode(error, "EACCES", "ENOTDIR", "ENAMETOOLONG")) return undefined;
      throw error;
    }
  }

  #host(path: string): string {
    const host = this.#hostPath(path);
    if (host === null) throw new Error(`Internal error: ${path} lies in no mount`);
    return host;
  }

  #hostPath(path: string): string | null {
    const mount = this.#mounts.find(({ from }) => isWithin(path, from));
    return mount === undefined ? null : mount.to + path.slice(mount.from.length);
  }
}

/** Both absolute and without `..`. */
function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** A host or container path as one character a byte. */
export function bytesOf(path: string): string {
  return Buffer.from(path, "utf8").toString("latin1");
}

function pathOf(bytes: string): Buffer {
  return Buffer.from(bytes, "latin1");
}

function shown(bytes: string): string {
  return pathOf(bytes).toString("utf8");
}
