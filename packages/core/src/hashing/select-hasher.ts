import { debugLog } from "../platform/debug.js";
import { makeDigest, type Digest } from "../types/brand.js";
import { loadBlake3Native } from "./blake3-native.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { EMPTY_BLAKE3, type Blake3Hasher } from "./hasher.js";

let selected: Blake3Hasher | undefined;

/** The BLAKE3 of this process: native where it loads, else WebAssembly; chosen at the first call. */
export function selectHasher(): Blake3Hasher {
  selected ??= chooseHasher(loadBlake3Native);
  return selected;
}

/** What `loadNative` gives, where it loads and agrees with BLAKE3's test vector; else WebAssembly. */
export function chooseHasher(loadNative: () => Blake3Hasher): Blake3Hasher {
  let native: Blake3Hasher;
  try {
    native = loadNative();
  } catch (error) {
    // Loaders of native modules throw without a code; whatever it is, the optional module is not there.
    debugLog(
      "hash",
      "WebAssembly BLAKE3; the native module did not load: %s",
      error instanceof Error ? error.message : error,
    );
    return blake3Wasm;
  }
  if (native.hash(new Uint8Array()) !== EMPTY_BLAKE3) {
    debugLog("hash", "WebAssembly BLAKE3; the native module gives wrong digests");
    return blake3Wasm;
  }
  debugLog("hash", "native BLAKE3 (@napi-rs/blake-hash)");
  return native;
}

/** 64 lower-case hex: BLAKE3 of `text` as UTF-8. What `b3sum` prints for a file of that text. */
export function hashText(text: string): string {
  return selectHasher().hash(Buffer.from(text, "utf8")).slice("b3:".length);
}

/**
 * Digest of `bytes` under a public `context` (BLAKE3's derive-key mode): equal only to digests made
 * under the same context, and what `b3sum --derive-key CONTEXT` prints.
 */
export function deriveKeyDigest(context: string, bytes: Uint8Array): Digest {
  return makeDigest("b3", selectHasher().deriveKey(context, bytes));
}
