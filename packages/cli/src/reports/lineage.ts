import type { Cache, CacheKey, Entry } from "@runcache/core";

/** One entry that another one was made from. */
export interface Ancestor {
  readonly entry: Entry;
  /** What they share: names of the inputs that were its outputs. */
  readonly through: readonly string[];
}

/** An entry and all that it was made from, entries first that others come from. */
export interface Lineage {
  readonly root: Entry;
  /** Key → the entries that its inputs came from. */
  readonly ancestors: ReadonlyMap<CacheKey, readonly Ancestor[]>;
  /** Keys of entries that are gone, by the key of what was made from them. */
  readonly gone: ReadonlyMap<CacheKey, readonly CacheKey[]>;
}

/**
 * Where the inputs of `root` came from, and theirs: entries whose outputs were the inputs themselves, and
 * entries that hold an output of the same content and were made before.
 */
export async function lineageOf(cache: Cache, root: Entry): Promise<Lineage> {
  const makers = await makersByDigest(cache);
  const ancestors = new Map<CacheKey, readonly Ancestor[]>();
  const gone = new Map<CacheKey, readonly CacheKey[]>();
  const waiting = [root];
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    if (ancestors.has(entry.key)) continue;
    const found = ancestorsOf(cache, entry, makers);
    ancestors.set(entry.key, found);
    const there = new Set(found.map((ancestor) => ancestor.entry.key));
    const missing = entry.manifest.parents.filter((key) => !there.has(key) && cache.get(key) === null);
    if (missing.length > 0) gone.set(entry.key, missing);
    waiting.push(...found.map((ancestor) => ancestor.entry));
  }
  return { root, ancestors, gone };
}

function ancestorsOf(
  cache: Cache,
  { key, manifest }: Entry,
  makers: ReadonlyMap<string, readonly Entry[]>,
): Ancestor[] {
  const through = new Map<CacheKey, { readonly entry: Entry; readonly names: string[] }>();
  for (const parent of manifest.parents) {
    const entry = cache.get(parent);
    if (entry !== null) through.set(parent, { entry, names: [] });
  }
  for (const { digest, name } of manifest.parts.inputs) {
    const maker = latestBefore(manifest.startedAt, makers.get(digest) ?? [], key, through);
    if (maker === undefined) continue;
    const known = through.get(maker.key) ?? { entry: maker, names: [] };
    known.names.push(name ?? digest);
    through.set(maker.key, known);
  }
  return [...through.values()].map(({ entry, names }) => ({ entry, through: names }));
}

/** A known parent, else the entry that was made last before `startedAt`. */
function latestBefore(
  startedAt: string,
  makers: readonly Entry[],
  own: CacheKey,
  parents: ReadonlyMap<CacheKey, unknown>,
): Entry | undefined {
  const before = makers.filter(({ key, manifest }) => key !== own && manifest.finishedAt <= startedAt);
  const sorted = before.sort((a, b) => (a.manifest.finishedAt < b.manifest.finishedAt ? 1 : -1));
  return sorted.find(({ key }) => parents.has(key)) ?? sorted[0];
}

/** Digest of an output → the entries that hold one. Nothing is said by a file without content. */
async function makersByDigest(cache: Cache): Promise<Map<string, Entry[]>> {
  const makers = new Map<string, Entry[]>();
  for await (const entry of cache.entries()) {
    for (const output of entry.manifest.outputs) {
      if (output.kind !== "file" || output.sizeBytes === 0) continue;
      const known = makers.get(output.digest);
      if (known === undefined) makers.set(output.digest, [entry]);
      else if (known.at(-1) !== entry) known.push(entry);
    }
  }
  return makers;
}
