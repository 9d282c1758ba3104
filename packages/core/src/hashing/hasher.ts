import type { Digest } from "../types/brand.js";

/** A digest in the making. */
export interface HashState {
  /** Adds `bytes`; the caller may reuse the buffer afterwards. */
  update(bytes: Uint8Array): void;
  /** The result in lower-case hex. Ends the state: nothing may be called after it. */
  hexdigest(): string;
  /** Frees a state that is given up before `hexdigest`. */
  dispose?(): void;
}

/** What makes content digests. */
export interface Hasher {
  /** Prefix of the digests: `^[a-z0-9][a-z0-9-]*$`. Another algorithm or parameter is another id. */
  readonly id: string;
  /** Whether states take bytes that lie in shared memory. @default false */
  readonly takesSharedMemory?: boolean;
  /** A new, empty state. */
  create(): HashState;
  /** Digest of `bytes`. */
  hash(bytes: Uint8Array): Digest;
}

/** A hasher of BLAKE3, with the one other mode that the key needs. */
export interface Blake3Hasher extends Hasher {
  readonly id: "b3";
  /** 64 lower-case hex: BLAKE3 of `bytes` in derive-key mode under `context`. */
  deriveKey(context: string, bytes: Uint8Array): string;
}

/** BLAKE3 of nothing: what tells whether a hasher is BLAKE3. */
export const EMPTY_BLAKE3 = "b3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262" as Digest;
