import { constants, type BigIntStats } from "node:fs";

/**
 * What stands for a file's content as long as it is equal. All of it is compared: ctime alone catches
 * an mtime that was set back, the inode a file replaced by rename, the kind a reused inode.
 */
export interface Fingerprint {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly sizeBytes: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** `mode & S_IFMT`. */
  readonly kind: bigint;
}

const KIND_MASK = BigInt(constants.S_IFMT);

/** The fingerprint in `stats`, which must have been taken with `bigint: true`: numbers lose nanoseconds. */
export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return {
    dev: stats.dev,
    ino: stats.ino,
    sizeBytes: stats.size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    kind: stats.mode & KIND_MASK,
  };
}

/** Whether `a` and `b` agree in every field. */
export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return (
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs &&
    a.sizeBytes === b.sizeBytes &&
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.kind === b.kind
  );
}

/** Whether `stats` are those of the state `fingerprint`. */
export function hasFingerprint(stats: BigIntStats, fingerprint: Fingerprint): boolean {
  return (
    stats.mtimeNs === fingerprint.mtimeNs &&
    stats.ctimeNs === fingerprint.ctimeNs &&
    stats.size === fingerprint.sizeBytes &&
    stats.ino === fingerprint.ino &&
    stats.dev === fingerprint.dev &&
    (stats.mode & KIND_MASK) === fingerprint.kind
  );
}

const OWNER_EXECUTES = BigInt(constants.S_IXUSR);

/** Whether the owner of the file with these `stats` may execute it. */
export function isExecutable(stats: BigIntStats): boolean {
  return (stats.mode & OWNER_EXECUTES) !== 0n;
}
