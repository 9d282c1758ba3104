import { closeSync, constants, fstatSync, openSync, type BigIntStats } from "node:fs";
import { BoundedMap } from "../platform/bounded-map.js";
import { isSystemError } from "../platform/system-error.js";
import type { Digest } from "../types/brand.js";
import { fingerprintOf, sameFingerprint, type Fingerprint } from "./fingerprint.js";
import type { Filesystems, FilesystemTrust } from "./filesystems.js";
import type { InputPath } from "./input-path.js";
import { rowPrefix, type LedgerRow } from "./ledger-row.js";
import type { FileId, LedgerStore } from "./ledger-store.js";

/** Reading a smaller file costs less than remembering it. */
export const MIN_LEDGER_BYTES = 256n * 1024n;

/**
 * A file that changed less than this ago may change again without its times telling: within a tick of
 * the kernel's clock, or of a file system that counts in seconds.
 */
const MIN_AGE_NS: Record<FilesystemTrust, bigint> = {
  local: 2_000_000_000n,
  network: 60_000_000_000n, // clocks differ, and attributes are cached
  never: 60_000_000_000n,
};

/** Rows kept in memory. */
const MAX_REMEMBERED = 10_000;

export interface LedgerParts {
  readonly filesystems: Filesystems;
  /** Rows on disk, shared by the processes of a user; null: this process's memory only. */
  readonly store: Pick<LedgerStore, "find" | "add"> | null;
  /** The clock that stamps files, in nanoseconds since the epoch. */
  readonly nowNs: () => bigint;
}

/** A digest that the ledger knows, and the state of the file that it was asked for. */
export interface LedgerHit {
  readonly digest: Digest;
  readonly fingerprint: Fingerprint;
  readonly trust: FilesystemTrust;
}

/**
 * Remembers which content a file had in which state (DESIGN §7), so that large files are not read again.
 * What it says is as sure as file times are: writers through mmap go unnoticed.
 */
export class Ledger {
  readonly #filesystems: Filesystems;
  readonly #store: LedgerParts["store"];
  readonly #nowNs: () => bigint;
  readonly #rows = new BoundedMap<string, LedgerRow>(MAX_REMEMBERED);

  constructor({ filesystems, store, nowNs }: LedgerParts) {
    this.#filesystems = filesystems;
    this.#store = store;
    this.#nowNs = nowNs;
  }

  /** The time to give to `learn` and `isSettled`: taken before the file is read. */
  nowNs(): bigint {
    return this.#nowNs();
  }

  /** The digest of the regular file at `path`, whose state is `stats`; null where it must be read. */
  lookup(path: InputPath, stats: BigIntStats, hasherId: string): LedgerHit | null {
    const { trust } = this.#filesystems.of(stats.dev, path);
    if (trust === "never") return null;
    const fingerprint = fingerprintOf(stats);
    const row = this.#find(fingerprint, hasherId);
    if (row === null || !(row.sealed || this.#isSettled(fingerprint, trust, this.#nowNs()))) return null;
    // What a client remembers of a path may be old; what it says of a file just opened is not.
    if (trust === "network" && !isStillSo(path, fingerprint)) return null;
    return { digest: row.digest, fingerprint, trust };
  }

  /**
   * Remembers what reading the file at `path` gave, unless its times cannot be relied on.
   * @param startedNs the ledger's time before the file was read
   */
  learn(path: InputPath, { fingerprint, digest }: Pick<LedgerRow, "fingerprint" | "digest">, startedNs: bigint): void {
    const { trust } = this.#filesystems.of(fingerprint.dev, path);
    if (trust === "never" || !this.#isSettled(fingerprint, trust, startedNs)) return;
    this.#add({ fingerprint, digest, sealed: false });
  }

  /** Remembers an output that nobody writes to any more, however young it is. */
  seal(path: InputPath, { fingerprint, digest }: Pick<LedgerRow, "fingerprint" | "digest">): void {
    if (this.#filesystems.of(fingerprint.dev, path).trust === "never") return;
    this.#add({ fingerprint, digest, sealed: true });
  }

  /**
   * Whether the file at `path` was left alone for so long that a change after `startedNs` gives it other
   * times than those of `fingerprint`.
   */
  isSettled(path: InputPath, fingerprint: Fingerprint, startedNs: bigint): boolean {
    return this.#isSettled(fingerprint, this.#filesystems.of(fingerprint.dev, path).trust, startedNs);
  }

  /** The name that would make the ledger remember the file at `path`, or null where it does, or never will. */
  optInName(path: InputPath, { dev }: Fingerprint): string | null {
    const { optInName, trust } = this.#filesystems.of(dev, path);
    return trust === "never" ? optInName : null;
  }

  /** Times in the future are never settled. */
  #isSettled({ mtimeNs, ctimeNs }: Fingerprint, trust: FilesystemTrust, nowNs: bigint): boolean {
    const changedNs = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
    return nowNs - changedNs >= MIN_AGE_NS[trust];
  }

  #find(fingerprint: Fingerprint, hasherId: string): LedgerRow | null {
    const remembered = this.#rows.get(memoryKey(fingerprint, hasherId));
    if (remembered !== undefined && sameFingerprint(remembered.fingerprint, fingerprint)) return remembered;
    const row = this.#store?.find(fingerprint, hasherId) ?? null;
    if (row === null || !sameFingerprint(row.fingerprint, fingerprint)) return null;
    this.#remember(row);
    return row;
  }

  #add(row: LedgerRow): void {
    this.#remember(row);
    this.#store?.add(row);
  }

  #remember(row: LedgerRow): void {
    this.#rows.set(memoryKey(row.fingerprint, hasherIdOf(row.digest)), row);
  }
}

function memoryKey(id: FileId, hasherId: string): string {
  return `${rowPrefix(id)}${hasherId}`;
}

function hasherIdOf(digest: Digest): string {
  return digest.slice(0, digest.indexOf(":"));
}

function isStillSo(path: InputPath, fingerprint: Fingerprint): boolean {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error)) return false; // reading it will say what is wrong
    throw error;
  }
  try {
    return sameFingerprint(fingerprint, fingerprintOf(fstatSync(fd, { bigint: true })));
  } finally {
    closeSync(fd);
  }
}
