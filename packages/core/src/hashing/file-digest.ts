import { closeSync, constants, fstatSync, openSync, statSync, type BigIntStats } from "node:fs";
import type { Flow } from "../platform/flow.js";
import { makeDigest, type Digest } from "../types/brand.js";
import { fingerprintOf, hasFingerprint, isExecutable, type Fingerprint } from "./fingerprint.js";
import type { Hasher } from "./hasher.js";
import { changingError, inputError, kindError, kindName, type InputPath } from "./input-path.js";
import { PIECE_BYTES } from "./parallel/read-ahead.js";
import { readPiece, readPieces } from "./read-pieces.js";

/** What is known of a file's content. */
export interface FileDigest {
  /** Digest of the content; with BLAKE3 what `b3sum` prints. */
  readonly digest: Digest;
  /** The file's state before and after its content was read. */
  readonly fingerprint: Fingerprint;
  /** Whether its owner may execute it. */
  readonly executable: boolean;
}

/** How a file is read. */
export interface FileDigestOptions {
  readonly hasher: Hasher;
  /** Refuse a symbolic link in the last place of the path. @default false */
  readonly noFollow?: boolean;
}

const ATTEMPTS = 4;

/**
 * Reads the regular file at the host path `path` and returns its digest. What is returned was the
 * content of one file that did not change while it was read; a file that changes is read again.
 * @throws InputError `ERR_RUNCACHE_INPUT_MISSING`, `ERR_RUNCACHE_INPUT_KIND` (not a regular file),
 * `ERR_RUNCACHE_INPUT_UNREADABLE`, `ERR_RUNCACHE_INPUT_CHANGING`.
 */
export function* fileDigest(path: InputPath, options: FileDigestOptions): Flow<FileDigest> {
  return (yield* digestBelow(path, Infinity, options)) as FileDigest;
}

/** `fileDigest`, but null, without reading it, for a file of `limitBytes` and more. */
export function* digestBelow(path: InputPath, limitBytes: number, options: FileDigestOptions): Flow<FileDigest | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      const result = yield* readOnce(path, limitBytes, options);
      if (result !== "changed") return result;
    } catch (error) {
      throw inputError(path, error);
    }
  }
  throw changingError(path);
}

/** `changed` where the file changed, or another took its place, while it was read. */
function* readOnce(
  path: InputPath,
  limitBytes: number,
  { hasher, noFollow = false }: FileDigestOptions,
): Flow<FileDigest | "changed" | null> {
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | (noFollow ? constants.O_NOFOLLOW : 0);
  const fd = openSync(path, flags);
  try {
    const before = fstatSync(fd, { bigint: true });
    if (!before.isFile()) throw kindError(path, kindName(before));
    const expectedBytes = Number(before.size);
    if (expectedBytes >= limitBytes) return null;
    const { digest, bytes } = yield* hashContent(fd, expectedBytes, hasher);
    const after = fstatSync(fd, { bigint: true });
    const atPath = statSync(path, { bigint: true, throwIfNoEntry: false });
    const fingerprint = fingerprintOf(before);
    if (bytes !== expectedBytes || !isStill(fingerprint, after) || !isStill(fingerprint, atPath)) return "changed";
    return { digest, fingerprint, executable: isExecutable(before) };
  } finally {
    closeSync(fd);
  }
}

function isStill(fingerprint: Fingerprint, stats: BigIntStats | undefined): boolean {
  return stats !== undefined && hasFingerprint(stats, fingerprint);
}

interface HashedContent {
  readonly digest: Digest;
  readonly bytes: number;
}

function* hashContent(fd: number, expectedBytes: number, hasher: Hasher): Flow<HashedContent> {
  if (expectedBytes < PIECE_BYTES) {
    const content = readPiece(fd, 0);
    return { digest: hasher.hash(content), bytes: content.length };
  }
  const state = hasher.create();
  try {
    const bytes = yield* readPieces({ fd, expectedBytes, shared: hasher.takesSharedMemory === true }, state);
    return { digest: makeDigest(hasher.id, state.hexdigest()), bytes };
  } catch (error) {
    state.dispose?.();
    throw error;
  }
}
