import { lstatSync, statSync, type BigIntStats } from "node:fs";
import type { Flow } from "../platform/flow.js";
import { isSystemError } from "../platform/system-error.js";
import { warnOnce } from "../platform/warn-once.js";
import type { Digest } from "../types/brand.js";
import { hasCode } from "../types/errors.js";
import type { FileDigest } from "./file-digest.js";
import { isExecutable } from "./fingerprint.js";
import type { Hasher } from "./hasher.js";
import { displayPath, type InputPath } from "./input-path.js";
import { MIN_LEDGER_BYTES, type Ledger } from "./ledger.js";
import { digestFiles } from "./parallel/digest-files.js";
import { selectHasher } from "./select-hasher.js";
import { treeDigest } from "./tree-digest.js";
import { userLedger } from "./user-ledger.js";

/** The digest of a file, and where it comes from. */
export interface KnownDigest extends FileDigest {
  /** The file was read, or the ledger knew it; on a network file system only where the user opted it in. */
  readonly origin: "read" | "ledger" | "network-ledger";
  /** Whether every later change shows in the file's state: a young file may be written again within one tick. */
  readonly timesTell: boolean;
}

/** Options of `Digests`. */
export interface DigestsOptions {
  /** @default BLAKE3 */
  readonly hasher?: Hasher;
  /** Null: everything is read. @default the user's ledger */
  readonly ledger?: Ledger | null;
}

interface ReadOptions {
  /** Refuse a link in the last place of the path. */
  readonly noFollow?: boolean;
  /** Ask the ledger whatever the size. */
  readonly anySize?: boolean;
  /** Do not ask the ledger, but let it learn. */
  readonly reread?: boolean;
}

/**
 * The digests of files and trees, from the ledger where it knows them. Paths are host paths; what cannot
 * be read throws an `InputError` (see `fileDigest` and `treeDigest` for the codes).
 */
export class Digests {
  readonly #hasher: Hasher;
  readonly #ledger: Ledger | null;

  constructor({ hasher = selectHasher(), ledger = userLedger() }: DigestsOptions = {}) {
    this.#hasher = hasher;
    this.#ledger = ledger;
  }

  /** Digest of the regular file at `path`, links followed. */
  *file(path: InputPath): Flow<KnownDigest> {
    return yield* this.#one(path, {});
  }

  /** Digests of the regular files at `paths`, in their order, links followed. */
  *files(paths: readonly InputPath[]): Flow<readonly KnownDigest[]> {
    return yield* this.#all(paths, {});
  }

  /**
   * Digest of the regular file at `path`, links followed, where the ledger knows it; else null.
   * @param state what `statSync` said of it just now
   */
  recall(path: InputPath, state: BigIntStats): KnownDigest | null {
    return this.#recall(path, state, false);
  }

  /** Digests of the regular files at `paths`, in their order, as they are on disk, links followed. */
  *read(paths: readonly InputPath[]): Flow<readonly KnownDigest[]> {
    return yield* this.#read(paths, {});
  }

  /** Digest of a program, which the ledger remembers at any size. */
  *executable(path: InputPath): Flow<KnownDigest> {
    return yield* this.#one(path, { anySize: true });
  }

  /** `recall` for programs. */
  recallExecutable(path: InputPath, state: BigIntStats): KnownDigest | null {
    return this.#recall(path, state, true);
  }

  /** Digest of the regular file at `path` as it is on disk, whatever the ledger says. */
  *reread(path: InputPath): Flow<KnownDigest> {
    return yield* this.#one(path, { reread: true });
  }

  /**
   * Digests of the outputs at `paths`, which nobody writes to any more: read whatever the ledger says,
   * which learns them however young they are. Renaming a directory above them later is fine.
   */
  *outputs(paths: readonly InputPath[]): Flow<readonly KnownDigest[]> {
    const outputs = yield* this.#all(paths, { noFollow: true, reread: true });
    for (const [index, output] of outputs.entries()) {
      if (isLarge(output)) this.#ledger?.seal(paths[index] as InputPath, output);
    }
    return outputs;
  }

  /** Digest of the directory at `root`. */
  *tree(root: InputPath): Flow<Digest> {
    return yield* treeDigest(root, { hasher: this.#hasher, readFiles: (paths) => this.#members(paths) });
  }

  *#one(path: InputPath, options: ReadOptions): Flow<KnownDigest> {
    const [digest] = yield* this.#all([path], options);
    return digest as KnownDigest;
  }

  /** Most members of trees are small: the ledger is asked only about those that turn out not to be. */
  *#members(paths: readonly InputPath[]): Flow<readonly FileDigest[]> {
    const options = { hasher: this.#hasher, noFollow: true, limitBytes: Number(MIN_LEDGER_BYTES) };
    const small = yield* digestFiles(paths, options);
    const large = yield* this.#all(
      paths.filter((_, index) => small[index] === null),
      { noFollow: true },
    );
    const rest = large.values();
    return small.map((digest) => digest ?? (rest.next().value as FileDigest));
  }

  *#all(paths: readonly InputPath[], options: ReadOptions): Flow<readonly KnownDigest[]> {
    const known = paths.map((path) => (options.reread === true ? null : this.#lookup(path, options)));
    const unknown = paths.filter((_, index) => known[index] === null);
    if (unknown.length === 0) return known as KnownDigest[];
    const read = (yield* this.#read(unknown, options)).values();
    return known.map((digest) => digest ?? (read.next().value as KnownDigest));
  }

  /** Reads the files at `paths` and lets the ledger learn from it. */
  *#read(
    paths: readonly InputPath[],
    { noFollow = false, anySize = false, reread = false }: ReadOptions,
  ): Flow<KnownDigest[]> {
    const startedNs = this.#ledger?.nowNs() ?? 0n;
    const startedMs = performance.now();
    const options = { hasher: this.#hasher, noFollow, limitBytes: Infinity };
    const digests = (yield* digestFiles(paths, options)) as FileDigest[];
    const durationMs = performance.now() - startedMs;
    for (const [index, digest] of digests.entries()) {
      if (!anySize && !isLarge(digest)) continue;
      this.#ledger?.learn(paths[index] as InputPath, digest, startedNs);
      // What is read whatever the ledger says (an output, at its commit) would be read all the same.
      if (!reread && durationMs >= SLOW_MS) this.#reportSlow(paths[index] as InputPath, digest, durationMs);
    }
    return digests.map((digest, index) => {
      const timesTell = this.#ledger?.isSettled(paths[index] as InputPath, digest.fingerprint, startedNs) ?? false;
      return { ...digest, origin: "read", timesTell };
    });
  }

  #lookup(path: InputPath, { noFollow = false, anySize = false }: ReadOptions): KnownDigest | null {
    const stats = this.#ledger === null ? null : statIfAny(path, noFollow);
    return stats === null ? null : this.#recall(path, stats, anySize);
  }

  #recall(path: InputPath, stats: BigIntStats, anySize: boolean): KnownDigest | null {
    if (this.#ledger === null || !stats.isFile() || !(anySize || stats.size >= MIN_LEDGER_BYTES)) return null;
    const hit = this.#ledger.lookup(path, stats, this.#hasher.id);
    if (hit === null) return null;
    const { digest, fingerprint, trust } = hit;
    const origin = trust === "network" ? "network-ledger" : "ledger";
    return { digest, fingerprint, executable: isExecutable(stats), origin, timesTell: true };
  }

  #reportSlow(path: InputPath, { fingerprint }: FileDigest, durationMs: number): void {
    const name = this.#ledger?.optInName(path, fingerprint) ?? null;
    if (name === null) return;
    const seconds = Math.round(durationMs / 1000);
    const message = `reading ${displayPath(path)} and what else is read with it took ${seconds} s, and will at every call: runcache does not rely on file times of its file system (${name}). RUNCACHE_LEDGER_FS=${name} makes it do so`;
    warnOnce("RUNCACHE_SLOW_INPUT", name, message);
  }
}

function isLarge({ fingerprint }: FileDigest): boolean {
  return fingerprint.sizeBytes >= MIN_LEDGER_BYTES;
}

/** Reading that takes longer is worth a word. */
const SLOW_MS = 3000;

/** Null where there is nothing, or nothing that may be looked at: reading it says what is wrong. */
function statIfAny(path: InputPath, noFollow: boolean): BigIntStats | null {
  try {
    return (noFollow ? lstatSync : statSync)(path, { bigint: true });
  } catch (error) {
    if (isSystemError(error)) return null;
    if (hasCode(error, "ERR_INVALID_ARG_VALUE")) return null;
    throw error;
  }
}
