import { makeDigest, type Digest } from "../types/brand.js";
import type { BytePath } from "./byte-path.js";
import type { FileDigest } from "./file-digest.js";
import type { Hasher } from "./hasher.js";

/**
 * One member of a tree as it is hashed. Each kind has a fixed number of fields:
 * - `f` file, `x` executable file: digest of the content
 * - `d` empty directory: none
 * - `l` link that stays in the tree, `n` link that leaves it and leads nowhere: the link's text
 * - `F` link to a file elsewhere, `X` to an executable one, `D` to a directory: text, target's digest
 * - `b` link back into a tree whose links led here: text, how many trees back, path in that tree
 */
export interface TreeRecord {
  readonly kind: "f" | "x" | "d" | "l" | "n" | "F" | "X" | "D" | "b";
  /** Relative to the root of the tree, which has the empty path. */
  readonly path: BytePath;
  readonly fields: readonly BytePath[];
}

/** The record of a file, or of a link of text `linkText` to a file elsewhere. */
export function fileRecord(path: BytePath, linkText: BytePath | null, { digest, executable }: FileDigest): TreeRecord {
  if (linkText === null) return { kind: executable ? "x" : "f", path, fields: [digest] };
  return { kind: executable ? "X" : "F", path, fields: [linkText, digest] };
}

const HEADER = "runcache tree 1\n";
const BATCH_BYTES = 1 << 16;

/** Digest of the tree that has these `records`, in any order; no two have the same path. */
export function hashRecords(records: readonly TreeRecord[], hasher: Hasher): Digest {
  const state = hasher.create();
  let batch = HEADER; // one character is one byte
  for (const { kind, path, fields } of records.toSorted(byPath)) {
    batch += kind + framed(path);
    for (const field of fields) batch += framed(field);
    if (batch.length < BATCH_BYTES) continue;
    state.update(Buffer.from(batch, "latin1"));
    batch = "";
  }
  state.update(Buffer.from(batch, "latin1"));
  return makeDigest(hasher.id, state.hexdigest());
}

function byPath(a: TreeRecord, b: TreeRecord): number {
  return a.path < b.path ? -1 : 1;
}

/** `bytes` after their number, as an unsigned 64-bit little-endian integer. */
function framed(bytes: BytePath): BytePath {
  const length = (LENGTHS[bytes.length] ??= encodedLength(bytes.length));
  return length + bytes;
}

/** Lengths repeat: paths are short, digests all alike. */
const LENGTHS: string[] = [];

function encodedLength(length: number): BytePath {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(length));
  return bytes.toString("latin1");
}
