import { isDigest, type Digest } from "../types/brand.js";
import type { Fingerprint } from "./fingerprint.js";
import { hashText } from "./select-hasher.js";

/** What the ledger remembers of one file. */
export interface LedgerRow {
  readonly fingerprint: Fingerprint;
  readonly digest: Digest;
  /** An output that was hashed when it was committed: how young it is does not matter. */
  readonly sealed: boolean;
}

/** `row` as one line, which carries its own checksum. */
export function encodeRow({ fingerprint, digest, sealed }: LedgerRow): string {
  const { dev, ino, sizeBytes, mtimeNs, ctimeNs, kind } = fingerprint;
  const text = [dev, ino, sizeBytes, mtimeNs, ctimeNs, kind, sealed ? "sealed" : "read", digest].join(" ");
  return `${text} ${checksum(text)}`;
}

/** How every line about the file with this device and inode begins. */
export function rowPrefix({ dev, ino }: Pick<Fingerprint, "dev" | "ino">): string {
  return `${dev} ${ino} `;
}

/** The row that `line` holds, or null where it is torn, damaged or something else. */
export function decodeRow(line: string): LedgerRow | null {
  const end = line.lastIndexOf(" ");
  const text = line.slice(0, Math.max(end, 0));
  if (line.slice(end + 1) !== checksum(text)) return null;
  const [dev, ino, sizeBytes, mtimeNs, ctimeNs, kind, how, digest] = text.split(" ") as Words;
  if (!isDigest(digest)) return null;
  const fingerprint = {
    dev: BigInt(dev),
    ino: BigInt(ino),
    sizeBytes: BigInt(sizeBytes),
    mtimeNs: BigInt(mtimeNs),
    ctimeNs: BigInt(ctimeNs),
    kind: BigInt(kind),
  };
  return { fingerprint, digest, sealed: how === "sealed" };
}

/** A text whose checksum is right was written by `encodeRow`. */
type Words = [string, string, string, string, string, string, string, string];

function checksum(text: string): string {
  return hashText(text).slice(0, 16);
}
