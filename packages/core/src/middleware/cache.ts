import { resolve } from "node:path";
import { openRoot, type CacheRoot } from "../entry/cache-root.js";
import { cacheStats, type CacheStats } from "../entry/cache-stats.js";
import { useOf, type EntryUse } from "../entry/entry-usage.js";
import { detach } from "../entry/detach.js";
import type { Entry } from "../entry/entry.js";
import { importEntries, type ForeignEntry, type Imported } from "../entry/import-entry.js";
import { entryDir } from "../entry/layout.js";
import type { Sharing } from "../entry/marker.js";
import { noEntry, pin, unpin } from "../entry/pin.js";
import type { PruneDecision, PruneOptions } from "../entry/prune-options.js";
import type { PruneReport } from "../entry/prune-report.js";
import { prune } from "../entry/prune.js";
import { readEntry } from "../entry/read-manifest.js";
import { nearest } from "../entry/recent.js";
import { bump } from "../entry/touch.js";
import { condemn } from "../entry/trash.js";
import { storageError } from "../entry/storage-error.js";
import { verify, type VerifyOptions, type VerifyReport } from "../entry/verify.js";
import { walkEntries } from "../entry/walk-entries.js";
import { Digests } from "../hashing/digests.js";
import type { KeyParts } from "../key/key-parts.js";
import { checkOptionNames } from "../key/option-names.js";
import { parseCacheKey, type CacheKey } from "../types/brand.js";
import type { CacheEvent, Difference } from "../types/event.js";
import {
  computeThrough,
  keyOfComputation,
  type ComputeCall,
  type ComputeFunction,
  type ComputeOptions,
  type ComputeResult,
} from "./compute.js";
import { durabilityOf } from "./durability.js";
import { ContextSource, type CacheOptions } from "./context-source.js";

/** Options of `openCache`. */
export interface OpenCacheOptions extends Omit<CacheOptions, "cacheDir"> {
  /** Make the cache where there is none. @default false */
  readonly create?: boolean;
  /** Sharing of a cache that is made. @default private; inside a setgid directory group */
  readonly shared?: Sharing;
}

const OPTIONS = {
  policy: true,
  onEvent: true,
  create: true,
  shared: true,
} satisfies Record<keyof OpenCacheOptions, true>;

/**
 * The cache at the host path `cacheDir`, to look at, to keep in order, and to run functions through.
 * @throws CacheRootError where it is no cache, or cannot be used; UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`,
 * `ERR_RUNCACHE_POLICY`
 * @example
 * ```ts
 * import { openCache } from "@runcache/core";
 * for await (const entry of openCache("/scratch/cache").entries()) console.log(entry.key, entry.dir);
 * ```
 */
export function openCache(cacheDir: string, options: OpenCacheOptions = {}): Cache {
  checkOptionNames("openCache", options, Object.keys(OPTIONS));
  const { create, shared, ...others } = options;
  const dir = resolve(cacheDir);
  const root = openRoot(dir, {
    ...(create === undefined ? {} : { create }),
    ...(shared === undefined ? {} : { shared }),
  });
  return new Cache(root, new ContextSource({ ...others, cacheDir: dir }));
}

/** A cache directory. Made by `openCache`. */
export class Cache {
  readonly #root: CacheRoot;
  readonly #source: ContextSource;

  /** @internal */
  constructor(root: CacheRoot, source: ContextSource) {
    this.#root = root;
    this.#source = source;
  }

  /** Host path of the cache. */
  get cacheDir(): string {
    return this.#root.dir;
  }

  /**
   * Every entry with a valid manifest, in no order; memory does not grow with their number.
   * @throws CacheRootError `ERR_RUNCACHE_STORAGE` where the cache cannot be listed
   */
  async *entries(): AsyncGenerator<Entry, void, undefined> {
    const places = walkEntries(this.#root);
    for (;;) {
      const { value } = await this.#administer(() => places.next());
      if (value === undefined) return;
      const entry = readEntry(value.key, value.dir);
      if (entry !== null) yield entry;
    }
  }

  /**
   * The entry of `key`, or null. Its outputs are not checked: that is what a hit does.
   * @throws UsageError `ERR_RUNCACHE_KEY_FORM`
   */
  get(key: string): Entry | null {
    const parsed = parseCacheKey(key);
    return readEntry(parsed, entryDir(this.#root.dir, parsed));
  }

  /**
   * Keeps the entry of `key` from every prune, also from `find`.
   * @throws UsageError `ERR_RUNCACHE_KEY_FORM`, `ERR_RUNCACHE_NO_ENTRY`; RuncacheError `ERR_RUNCACHE_PIN`
   */
  pin(key: string): void {
    pin(this.#root, this.#existing(key));
  }

  /**
   * Gives the entry of `key` back to the prunes, as used now.
   * @throws UsageError `ERR_RUNCACHE_KEY_FORM`, `ERR_RUNCACHE_NO_ENTRY`; RuncacheError `ERR_RUNCACHE_PIN`
   */
  unpin(key: string): void {
    unpin(this.#existing(key));
  }

  /**
   * Removes the entry of `key`, pinned or not. Returns whether there was one.
   * @throws UsageError `ERR_RUNCACHE_KEY_FORM`
   */
  remove(key: string): boolean {
    const entry = this.get(key);
    return entry !== null && condemn(this.#root, entry.key, entry.manifest.nonce) === "condemned";
  }

  /**
   * Makes the entry of `key` a detached result: no call finds it any more, its files stay where they are
   * until the next equal call replaces them. Returns whether there was one.
   * @throws UsageError `ERR_RUNCACHE_KEY_FORM`; what the file system throws
   */
  detach(key: string): boolean {
    const entry = this.get(key);
    return entry !== null && detach(entry);
  }

  /**
   * Marks the entry of `key` as used now, as a hit does. Returns whether anything stands at its place.
   * @throws UsageError `ERR_RUNCACHE_KEY_FORM`
   */
  touch(key: string): boolean {
    return bump({ dir: entryDir(this.#root.dir, parseCacheKey(key)) }) === "there";
  }

  /** Host path of the entry that `key` has, or would have. @throws UsageError `ERR_RUNCACHE_KEY_FORM` */
  placeOf(key: string): string {
    return entryDir(this.#root.dir, parseCacheKey(key));
  }

  /** When `entry` was last used, and whether it is pinned; null where it is gone. */
  usage(entry: Entry): EntryUse | null {
    return useOf(entry.dir);
  }

  /**
   * Counts what the cache holds, by reading every manifest once.
   * @throws CacheRootError `ERR_RUNCACHE_STORAGE`
   */
  async stats(): Promise<CacheStats> {
    return await this.#administer(() => cacheStats(this.#root));
  }

  /**
   * Removes entries until the cache keeps the limits; pinned ones and those in use stay. Also clears away
   * what dead processes left. Safe beside running calls.
   * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_PRUNE_OPTION`; the signal's reason;
   * CacheRootError `ERR_RUNCACHE_STORAGE`
   */
  async prune(options: PruneOptions = {}): Promise<PruneReport> {
    const onDecision = (decision: PruneDecision): void => {
      if (decision.action === "evict" && options.dryRun !== true) this.#source.reporter.emit(evicted(decision));
      options.onDecision?.(decision);
    };
    return await this.#administer(() => prune(this.#root, { ...options, onDecision }));
  }

  /**
   * Reads every entry again and holds it against its manifest. Goes on after errors.
   * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`; the signal's reason; CacheRootError
   * `ERR_RUNCACHE_STORAGE` where the cache cannot be listed
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return await this.#administer(() => verify(this.#root, { hasher: this.#source.policy.hasher, ...options }));
  }

  /**
   * Makes entries of what other caches recorded: staged, flushed and renamed like every entry; the first at
   * a place stays. `unpack` fills a throw-away directory on the file system of the cache, and says what lies
   * there. Only what is, byte for byte, as its manifest says becomes an entry.
   * @throws RuncacheError `ERR_RUNCACHE_IMPORT_KEY`, `ERR_RUNCACHE_IMPORT`; what `unpack` and the file
   * system throw
   */
  async import(unpack: (dir: string) => Promise<readonly ForeignEntry[]>): Promise<readonly Imported[]> {
    const { policy } = this.#source;
    const digests = new Digests({ hasher: policy.hasher, ledger: null });
    const durability = durabilityOf(this.#root, policy);
    return await importEntries(this.#root, unpack, { digests, hasher: policy.hasher, durability });
  }

  /** The earlier call of the same tool that is nearest to `parts`, and what differs; null where there is none. */
  explain(parts: KeyParts): { readonly key: CacheKey; readonly differences: readonly Difference[] } | null {
    return nearest(this.#root, `${parts.tool.package}/${parts.tool.name}`, parts);
  }

  /**
   * Calls a function once for equal `call`s, through the same key, staging, commit, single flight and
   * events as a process. The function itself is not hashed: `call.tool.id` is its version.
   * @throws what `fn` throws; UsageError `ERR_RUNCACHE_NOT_ENCODABLE` where its result is not JSON,
   * `ERR_RUNCACHE_UNKNOWN_OPTION`; InputError; the signal's reason
   */
  async compute<T>(call: ComputeCall, fn: ComputeFunction<T>, options: ComputeOptions = {}): Promise<ComputeResult<T>> {
    return await computeThrough(this.#source, call, fn, options);
  }

  /**
   * The key that `compute` gives the call. Nothing is looked up, and nothing written; inputs that the
   * ledger does not know are read.
   * @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE`, `ERR_RUNCACHE_UNKNOWN_OPTION`; InputError
   */
  keyOf(call: ComputeCall): CacheKey {
    return keyOfComputation(this.#source, call);
  }

  async #administer<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw storageError(this.#root, error);
    }
  }

  #existing(key: string): Entry {
    const entry = this.get(key);
    if (entry === null) throw noEntry(key);
    return entry;
  }
}

function evicted({ key, reason, sizeBytes }: Extract<PruneDecision, { action: "evict" }>): CacheEvent {
  return { type: "evicted", key, sizeBytes, reason };
}
