import { createRequire } from "node:module";
import type { Digest } from "../types/brand.js";
import type { Blake3Hasher, HashState } from "./hasher.js";

/** The members of `@napi-rs/blake-hash` that are used. */
export interface NativeBlake3 {
  blake3(bytes: Uint8Array): Buffer;
  Blake3Hasher: {
    new (): { update(bytes: Uint8Array): unknown; digest(format: "hex"): string };
    deriveKey(context: string, bytes: Uint8Array): Buffer;
  };
}

/**
 * BLAKE3 by the optional native module: several GiB/s a core.
 * @throws whatever loading throws where the module is not installed or has no build for this platform.
 */
export function loadBlake3Native(load: () => NativeBlake3 = requireNative): Blake3Hasher {
  const library = load();
  return {
    id: "b3",
    takesSharedMemory: true,
    create: () => nativeState(new library.Blake3Hasher()),
    // Not made by `makeDigest`: its check would take as long as hashing a small file.
    hash: (bytes) => `b3:${library.blake3(bytes).toString("hex")}` as Digest,
    deriveKey: (context, bytes) => library.Blake3Hasher.deriveKey(context, bytes).toString("hex"),
  };
}

/**
 * Loads the library of this platform itself where it is the one for glibc or needs none: the package's loader finds out
 * first which C library there is, which takes longer than loading, and as long as the rest of a hit.
 */
function requireNative(): NativeBlake3 {
  const require = createRequire(import.meta.url);
  const loader = require.resolve("@napi-rs/blake-hash");
  const { platform, arch } = process;
  const library = `@napi-rs/blake-hash-${platform}-${arch}${platform === "linux" ? "-gnu" : ""}`;
  try {
    return createRequire(loader)(library) as NativeBlake3;
  } catch (error) {
    // Not installed, or not for this system (its loader throws with any code): the package's loader knows them all.
    if (!(error instanceof Error)) throw error;
    return require(loader) as NativeBlake3;
  }
}

function nativeState(hash: InstanceType<NativeBlake3["Blake3Hasher"]>): HashState {
  return {
    update: (bytes) => void hash.update(bytes),
    hexdigest: () => hash.digest("hex"),
  };
}
