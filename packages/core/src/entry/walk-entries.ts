import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { isGone } from "../platform/system-error.js";
import { isCacheKey, type CacheKey } from "../types/brand.js";
import type { CacheRoot } from "./cache-root.js";
import { SHARD_NAME, shardName } from "./layout.js";

/** The place of a key that something stands at. */
export interface EntryPlace {
  readonly key: CacheKey;
  /** Host path. */
  readonly dir: string;
}

/** Names that are read at once: a shard of a million entries holds four thousand. */
const BUFFERED_NAMES = 512;

/**
 * The places of `root` that something stands at, entries or not, one after another; memory does not grow
 * with their number. Follows no links, and leaves out whatever has not the name of a key.
 * @throws what the file system throws
 */
export async function* walkEntries(root: CacheRoot): AsyncGenerator<EntryPlace, void, undefined> {
  for await (const shard of walkShards(root)) {
    for await (const name of directoriesIn(join(root.dir, shard))) {
      if (isCacheKey(name) && shardName(name) === shard) yield { key: name, dir: join(root.dir, shard, name) };
    }
  }
}

/**
 * Names of the shards of `root`, one after another.
 * @throws what the file system throws
 */
export async function* walkShards(root: CacheRoot): AsyncGenerator<string, void, undefined> {
  for await (const name of directoriesIn(root.dir)) if (SHARD_NAME.test(name)) yield name;
}

/** Names of the directories in the host directory `dir`; none where it is gone: others prune too. */
export async function* directoriesIn(dir: string): AsyncGenerator<string, void, undefined> {
  try {
    for await (const item of await opendir(dir, { bufferSize: BUFFERED_NAMES }))
      if (item.isDirectory()) yield item.name;
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
