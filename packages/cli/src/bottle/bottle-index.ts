import { isCacheKey, isDigest, selectHasher, type CacheKey, type Digest } from "@runcache/core";
import { BottleError } from "./bottle-error.js";

/** Version of the format. */
export const BOTTLE_VERSION = 1;

/** Name of the index in the bottle, whose first member it is. */
export const INDEX_NAME = "bottle.json";

/** A regular file of a bottle. */
export interface FileMember {
  readonly kind: "file";
  /** Relative to the bottle's directory, POSIX. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest: Digest;
  readonly executable: boolean;
}

/** One path of a bottle; a directory comes before what is in it, links come last. */
export type Member =
  | FileMember
  | { readonly kind: "dir"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** An entry in a bottle. */
export interface BottledEntry {
  readonly key: CacheKey;
  /** Its inputs by index: path of the file or directory in the bottle, or null where it was left out. */
  readonly inputs: readonly (string | null)[];
}

/** What a bottle holds. */
export interface BottleIndex {
  readonly bottle: typeof BOTTLE_VERSION;
  /** What others are made from comes first. */
  readonly entries: readonly BottledEntry[];
  /** In the order of the archive, the index itself left out. */
  readonly members: readonly Member[];
}

/** Directory of an entry in a bottle. */
export function entryPath(key: CacheKey): string {
  return `entries/${key}`;
}

const PREFIX = /^\{"digest":"([0-9a-f]{64})",/;

/** The bytes of `index`: JSON that begins with the digest of every byte that follows it. */
export function encodeIndex(index: BottleIndex): Buffer {
  const rest = Buffer.from(`${JSON.stringify(index, null, 1).slice(1)}\n`, "utf8");
  return Buffer.concat([Buffer.from(`{"digest":"${hexOf(rest)}",`, "latin1"), rest]);
}

/**
 * Reads what `encodeIndex` wrote.
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_FORM`, `ERR_RUNCACHE_BOTTLE_VERSION`
 */
export function decodeIndex(bytes: Buffer): BottleIndex {
  const [prefix, digest] = PREFIX.exec(bytes.toString("latin1", 0, 128)) ?? [];
  if (prefix === undefined) throw damaged("its index does not begin with its digest");
  const rest = bytes.subarray(prefix.length);
  if (hexOf(rest) !== digest) throw damaged("the bytes of its index do not have their digest");
  const value = parse(`{${rest.toString("utf8")}`);
  if (value["bottle"] !== BOTTLE_VERSION) {
    const message = `the bottle has version ${JSON.stringify(value["bottle"])}, and this runcache knows ${BOTTLE_VERSION}: take the runcache that made it`;
    throw new BottleError("VERSION", message, { version: value["bottle"] });
  }
  if (!isIndex(value)) throw damaged("the fields of its index are not those of a bottle");
  return value;
}

/** @throws BottleError */
function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw damaged("its index is no JSON object");
}

function damaged(detail: string): BottleError {
  return new BottleError("FORM", `this is no bottle, or a damaged one: ${detail}`);
}

function hexOf(bytes: Uint8Array): string {
  return selectHasher().hash(bytes).slice("b3:".length);
}

function isIndex(value: Record<string, unknown>): value is Record<string, unknown> & BottleIndex {
  return isArrayOf(value["entries"], isEntry) && isArrayOf(value["members"], isMember);
}

function isEntry(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { key, inputs } = value;
  return (
    typeof key === "string" &&
    isCacheKey(key) &&
    isArrayOf(
      inputs,
      (path) => path === null || (typeof path === "string" && path.startsWith(`entries/${key}/inputs/`)),
    )
  );
}

function isMember(value: unknown): boolean {
  if (!isObject(value) || typeof value["path"] !== "string") return false;
  const { kind, sizeBytes, digest, executable, target } = value;
  switch (kind) {
    case "dir":
      return true;
    case "link":
      return typeof target === "string";
    case "file":
      return (
        Number.isSafeInteger(sizeBytes) &&
        (sizeBytes as number) >= 0 &&
        typeof digest === "string" &&
        isDigest(digest) &&
        digest.startsWith("b3:") &&
        typeof executable === "boolean"
      );
    default:
      return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArrayOf(value: unknown, check: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}
