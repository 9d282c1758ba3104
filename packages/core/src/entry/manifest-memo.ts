import { decodeManifest, type DecodedManifest } from "./manifest-codec.js";

/** Manifests that are remembered, and the largest. */
const MOST_MANIFESTS = 256;
const MOST_BYTES = 16 * 1024;

interface Remembered {
  readonly bytes: Buffer;
  readonly decoded: DecodedManifest;
}

/** By the directory of the entry, oldest first. */
const memo = new Map<string, Remembered>();

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
  if (decoded.status === "ok" && bytes.length <= MOST_BYTES) remember(dir, { bytes: Buffer.from(bytes), decoded });
  return decoded;
}

function remember(dir: string, manifest: Remembered): void {
  memo.set(dir, manifest);
  if (memo.size <= MOST_MANIFESTS) return;
  const [oldest] = memo.keys();
  if (oldest !== undefined) memo.delete(oldest);
}
