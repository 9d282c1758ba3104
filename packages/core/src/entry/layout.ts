import { join, relative, sep } from "node:path";
import { randomName } from "../platform/random-name.js";
import { isCacheKey, type CacheKey } from "../types/brand.js";

/** Version of the layout on disk (DESIGN §6). */
export const LAYOUT_VERSION = 1;

/** Names in a cache root. */
export const MARKER_NAME = ".runcache.json";
export const TAG_NAME = "CACHEDIR.TAG";
export const INCOMING_NAME = ".incoming";
export const TRASH_NAME = ".trash";
export const LOCKS_NAME = ".locks";
export const RECENT_NAME = ".recent";
export const STATS_NAME = ".stats";
/** Indexes of what the entries are, for packages above; rebuilt from the entries at any time. */
export const INDEX_NAME = ".index";

/** Name of the file in a staging directory that says whose it is. */
export const OWNER_NAME = "owner";

/** Names in an entry. */
export const RESERVED_NAME = ".runcache";
export const BUMP_NAME = ".runcache.bump";
export const MANIFEST_PATH = `${RESERVED_NAME}/manifest.json`;
/** Marks an entry that no prune may take. */
export const PIN_PATH = `${RESERVED_NAME}/pin`;

/** What a cache root holds, drafts of its files included. */
export const OWN_NAMES =
  /^(?:[0-9a-f]{2}|\.(?:incoming|trash|locks|recent|stats|index)|(?:\.runcache\.json|CACHEDIR\.TAG)(?:\.[0-9a-f]{32})?)$/;

/** Names of the directories that hold entries. */
export const SHARD_NAME = /^[0-9a-f]{2}$/;

/** Prefix of what lies in a shard on its way to become an entry. */
export const DRAFT_PREFIX = ".tmp-";

/** Host path of the shard directory of `key`. */
export function shardDir(cacheDir: string, key: CacheKey): string {
  return `${cacheDir}/${shardName(key)}`;
}

/** Host path of the entry of `key`. */
export function entryDir(cacheDir: string, key: CacheKey): string {
  return `${cacheDir}/${shardName(key)}/${key}`; // cheaper than `join`, for every hit
}

/** Name of the shard of `key` in the cache root. */
export function shardName(key: CacheKey): string {
  return key.slice(0, 2);
}

/** Host path, new at every call, of what is to become the entry of `key` by a rename within its shard. */
export function draftDir(cacheDir: string, key: CacheKey): string {
  return join(shardDir(cacheDir, key), `${DRAFT_PREFIX}${randomName()}`);
}

/** Names of locks, of spare ones, and of the locks of those who break a dead one. */
export const LOCK_NAME = /^[0-9a-f]{64}\.[0-9a-f]{16}(?:\.[0-9a-f]{32})*$/;

/** Host path of the lock of a flight: a file that says who holds it. */
export function lockPath(cacheDir: string, key: CacheKey, guards: string): string {
  return `${cacheDir}/${LOCKS_NAME}/${key}.${guards}`;
}

/** Key of the entry that the host path `path` lies in or is, or null. */
export function keyOfPath(cacheDir: string, path: string): CacheKey | null {
  const [shard = "", key = ""] = relative(cacheDir, path).split(sep);
  return isCacheKey(key) && shard === shardName(key) ? key : null;
}
