import { readdirSync } from "node:fs";
import { join } from "node:path";
import { hasCode, nearestName, openCache, UsageError, type Cache } from "@runcache/core";
import { INDEX_DIR } from "./index-keeper.js";
import { jsonlIndex } from "./indexes/jsonl.js";
import { memoryIndex } from "./indexes/memory.js";
import { sqliteIndex } from "./indexes/sqlite.js";
import type { RunStoreOptions } from "./options.js";
import { TOOL_PACKAGE } from "./rows.js";
import { RunStore } from "./store.js";
import { COLUMN_KINDS, type ColumnKind, type Columns } from "./types/column.js";
import type { IndexFactory } from "./types/run-index.js";

/** Options of `openExistingStore`. */
export interface ExistingStoreOptions extends Pick<
  RunStoreOptions<Columns>,
  "dir" | "version" | "fileSuffix" | "floatDigits" | "onEvent"
> {
  /** @default that of the only store in `dir` */
  readonly name?: string;
  /** @default the one that has a file in `dir`, else one in memory, which is made from the runs each time */
  readonly index?: IndexFactory;
}

/**
 * Opens a store for whoever knows nothing of it but where it lies: with the index and the columns that it has,
 * so that neither is made anew. Makes no store.
 * @throws UsageError `ERR_RUNCACHE_NO_STORE`, naming those that are there; CacheRootError where `dir` is no cache
 */
export async function openExistingStore({ name, index, ...options }: ExistingStoreOptions): Promise<RunStore<Columns>> {
  const cache = openCache(options.dir);
  const files = indexFiles(cache);
  const found = name ?? (await onlyName(cache, files));
  const kept = files.get(found);
  if (kept === undefined) await checkName(cache, found);
  const factory = index ?? kept ?? memoryIndex;
  const columns = kept === undefined ? {} : await keptColumns(cache, found, kept);
  return new RunStore({ ...options, name: found, index: factory, columns });
}

const FACTORIES: Readonly<Record<string, IndexFactory>> = { ".sqlite": sqliteIndex, ".jsonl": jsonlIndex };

/** Name of a store → the index that has a file for it. */
function indexFiles({ cacheDir }: Cache): ReadonlyMap<string, IndexFactory> {
  const names = namesIn(join(cacheDir, INDEX_DIR));
  const found = Object.entries(FACTORIES).flatMap(([suffix, factory]) =>
    names.flatMap((name) => (name.endsWith(suffix) ? [[name.slice(0, -suffix.length), factory] as const] : [])),
  );
  // The first kind counts.
  return new Map(found.toReversed());
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

async function onlyName(cache: Cache, files: ReadonlyMap<string, IndexFactory>): Promise<string> {
  const names = files.size > 0 ? [...files.keys()].sort() : await namesOfRuns(cache);
  const [name, other] = names;
  if (name !== undefined && other === undefined) return name;
  const message =
    name === undefined
      ? `there is no run of a store in ${cache.cacheDir}`
      : `there are ${names.length} stores in ${cache.cacheDir}: give the name of one (${names.join(", ")})`;
  throw new UsageError("ERR_RUNCACHE_NO_STORE", message, { dir: cache.cacheDir, names });
}

async function checkName(cache: Cache, name: string): Promise<void> {
  const names = await namesOfRuns(cache);
  if (names.includes(name)) return;
  const near = nearestName(name, names);
  const known = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
  const message = `there is no run of a store ${JSON.stringify(name)} in ${cache.cacheDir}; ${near === undefined ? known : `did you mean ${near}?`}`;
  throw new UsageError("ERR_RUNCACHE_NO_STORE", message, { dir: cache.cacheDir, name, names });
}

async function namesOfRuns(cache: Cache): Promise<string[]> {
  const names = new Set<string>();
  for await (const { manifest } of cache.entries()) {
    const { tool } = manifest.parts;
    if (tool.package === TOOL_PACKAGE) names.add(tool.name);
  }
  return [...names].sort();
}

/** The columns that an index was built for; none where it does not say, or is damaged: the store then makes it anew. */
async function keptColumns(cache: Cache, name: string, factory: IndexFactory): Promise<Columns> {
  const index = factory({ dir: join(cache.cacheDir, INDEX_DIR), name, columns: {} });
  try {
    await index.open();
  } catch {
    return {}; // the store meets the same error, and warns
  }
  try {
    const stamp = await index.stamp();
    const kinds = stamp === null ? [] : (JSON.parse(stamp.columns) as (readonly [string, ColumnKind])[]);
    const known = kinds.filter(([, kind]) => COLUMN_KINDS.includes(kind));
    return Object.fromEntries(known.map(([column, kind]) => [column, { kind, isOptional: true }]));
  } finally {
    await index.close();
  }
}
