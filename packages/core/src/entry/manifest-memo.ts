import { BoundedMap } from "../platform/bounded-map.js";
import { decodeManifest, type DecodedManifest } from "./manifest-codec.js";

/** Manifests that are remembered, and the largest. */
const MOST_MANIFESTS = 256;
const MOST_BYTES = 16 * 1024;

interface Remembered {
  readonly bytes: Buffer;
  readonly decoded: DecodedManifest;
}

/** By the directory of the entry. */
const memo = new BoundedMap<string, Remembered>(MOST_MANIFESTS);

/**
 * `decodeManifest(bytes)`, remembered: where the manifest in `dir` has the very bytes that it had the last
 * time, checking and parsing them again can give nothing else, and would be a quarter of a hit.
 * @param bytes may be reused by the caller
 */
export function decodeRemembered(dir: string, bytes: Buffer): DecodedManifest {
  const known = memo.get(dir);
  if (known?.bytes.equals(bytes) === true) return known.decoded;
  const decoded = decodeManifest(bytes);
  memo.delete(dir);
  if (decoded.status === "ok" && bytes.length <= MOST_BYTES) memo.set(dir, { bytes: Buffer.from(bytes), decoded });
  return decoded;
}
