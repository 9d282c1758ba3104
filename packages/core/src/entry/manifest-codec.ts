import { selectHasher } from "../hashing/select-hasher.js";
import { KEY_VERSION } from "../key/key-parts.js";
import { LAYOUT_VERSION } from "./layout.js";
import { isManifest, isObject } from "./manifest-shape.js";
import type { Manifest } from "./manifest.js";

const PREFIX = /^\{"digest":"([0-9a-f]{64})",$/;
const PREFIX_BYTES = `{"digest":"${"0".repeat(64)}",`.length;

/** The bytes of `manifest`: JSON that begins with the digest of every byte that follows it. */
export function encodeManifest(manifest: Manifest): Buffer {
  const rest = Buffer.from(`${JSON.stringify(manifest).slice(1)}\n`, "utf8");
  return Buffer.concat([Buffer.from(`{"digest":"${hexDigest(rest)}",`, "latin1"), rest]);
}

/** What the bytes of a manifest are. */
export type DecodedManifest =
  | { readonly status: "ok"; readonly manifest: Manifest }
  | { readonly status: "unknown-version" | "corrupt"; readonly detail: string };

/** Reads what `encodeManifest` wrote; anything else is told apart, never thrown. */
export function decodeManifest(bytes: Buffer): DecodedManifest {
  const [, digest] = PREFIX.exec(bytes.toString("latin1", 0, PREFIX_BYTES)) ?? [];
  if (digest === undefined) return corrupt("it does not begin with its digest");
  const rest = bytes.subarray(PREFIX_BYTES);
  if (hexDigest(rest) !== digest) return corrupt("its bytes do not have its digest");
  const value = parseObject(`{${rest.toString("utf8")}`);
  if (value === null) return corrupt("it is no JSON object"); // with a right digest: made by something else
  const { layout, parts } = value;
  if (layout !== LAYOUT_VERSION) return unknownVersion(`it has layout ${JSON.stringify(layout)}`);
  if (isObject(parts) && parts["v"] !== KEY_VERSION) {
    return unknownVersion(`its key has version ${JSON.stringify(parts["v"])}`);
  }
  return isManifest(value) ? { status: "ok", manifest: value } : corrupt("its fields are not those of a manifest");
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function corrupt(detail: string): DecodedManifest {
  return { status: "corrupt", detail: `the manifest is damaged: ${detail}` };
}

function unknownVersion(detail: string): DecodedManifest {
  return { status: "unknown-version", detail: `the manifest is of another version of runcache: ${detail}` };
}

function hexDigest(bytes: Uint8Array): string {
  return selectHasher().hash(bytes).slice("b3:".length);
}
