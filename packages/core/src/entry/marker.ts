import {
  closeSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { randomName } from "../platform/random-name.js";
import { CacheRootError, hasCode } from "../types/errors.js";
import type { JsonObject } from "../types/json.js";
import { LAYOUT_VERSION, MARKER_NAME, TAG_NAME } from "./layout.js";

/** Who may use a cache. */
export const SHARING = ["private", "group", "world-read"] as const;
export type Sharing = (typeof SHARING)[number];

/** What `.runcache.json` says. */
export interface Marker {
  readonly layout: typeof LAYOUT_VERSION;
  readonly shared: Sharing;
  /** Limits that the cache's owner set; they rank above a user's. */
  readonly limits: JsonObject;
}

/** https://bford.info/cachedir/: backup programs leave directories with this file out. */
const CACHEDIR_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This directory is a cache made by runcache.\n";

/**
 * The marker of the cache at the host path `dir`, or undefined where it has none.
 * @throws CacheRootError `ERR_RUNCACHE_ROOT_VERSION`, `ERR_RUNCACHE_ROOT_UNUSABLE`; what reading throws
 */
export function readMarker(dir: string): Marker | undefined {
  let text: string;
  try {
    text = readFileSync(join(dir, MARKER_NAME), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  return parseMarker(dir, text);
}

/**
 * Marks the directory `dir` as a cache. The first of several who do so at once decides.
 * @param mode permission bits of the two files
 * @returns the marker that counts
 * @throws what the file system throws
 */
export function writeMarker(dir: string, marker: Marker, mode: number): Marker {
  writeOnce(join(dir, TAG_NAME), CACHEDIR_TAG, mode);
  writeOnce(join(dir, MARKER_NAME), `${JSON.stringify(marker)}\n`, mode);
  return readMarker(dir) ?? marker;
}

/** Makes the whole file or none, also across a power cut; a file that is there stays. */
function writeOnce(path: string, text: string, mode: number): void {
  const draft = `${path}.${randomName()}`;
  const fd = openSync(draft, "wx");
  try {
    fchmodSync(fd, mode); // whatever the umask
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    linkSync(draft, path);
  } catch (error) {
    if (hasCode(error, "EEXIST")) return;
    if (!hasCode(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK")) throw error;
    renameSync(draft, path); // a file system without hard links: the last one decides
    return;
  } finally {
    unlinkIfThere(draft);
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function parseMarker(dir: string, text: string): Marker {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(dir, "it is not JSON", error);
  }
  if (!isObject(value)) throw damaged(dir, "it is not an object");
  const { layout, shared = "private", limits = {} } = value;
  if (layout !== LAYOUT_VERSION) {
    throw new CacheRootError(
      "ERR_RUNCACHE_ROOT_VERSION",
      dir,
      `the cache ${dir} has layout ${JSON.stringify(layout)}, and this runcache reads layout ${LAYOUT_VERSION}; update runcache or use another directory`,
    );
  }
  if (!isSharing(shared)) throw damaged(dir, `'shared' is one of ${SHARING.join(", ")}`);
  if (!isObject(limits)) throw damaged(dir, "'limits' is an object");
  return { layout, shared, limits };
}

function damaged(dir: string, fault: string, cause?: unknown): CacheRootError {
  const message = `${MARKER_NAME} of the cache ${dir} is damaged: ${fault}; mend the file, or set RUNCACHE_DIR to another directory`;
  return new CacheRootError("ERR_RUNCACHE_ROOT_UNUSABLE", dir, message, cause);
}

function isSharing(value: unknown): value is Sharing {
  return SHARING.some((sharing) => sharing === value);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
