import { join } from "node:path";
import { hasCode, nearestName, openCache, UsageError, warnOnce, type Cache } from "@runcache/core";
import { knownColumns, namesIn, readDescriptions, type IndexDescription } from "./index-description.js";
import { INDEX_DIR, visitingIndex } from "./index-keeper.js";
import { jsonlIndex } from "./indexes/jsonl.js";
import { memoryIndex } from "./indexes/memory.js";
import { sqliteIndex } from "./indexes/sqlite.js";
import type { RunStoreOptions } from "./options.js";
import { TOOL_PACKAGE } from "./rows.js";
import { RunStore } from "./store.js";
import type { Columns } from "./types/column.js";
import type { IndexFactory } from "./types/run-index.js";

/** Options of `openExistingStore`. */
export interface ExistingStoreOptions extends Pick<
  RunStoreOptions<Columns>,
  "dir" | "version" | "fileSuffix" | "floatDigits" | "onEvent"
> {
  /** @default that of the only store in `dir` */
  readonly name?: string;
  /** @default the one that the store has */
  readonly index?: IndexFactory;
  /**
   * Where indexes lie that are no files in `dir`, by their kinds: for stores that have such a one.
   * @default {}
   */
  readonly indexes?: Readonly<Record<string, IndexFactory>>;
  /** Whether it is the store's own index, made where it is missing; else one in memory may serve. @default false */
  readonly ownIndex?: boolean;
}

/**
 * Opens a store for whoever knows nothing of it but where it lies: with the index and the columns that it has,
 * so that neither is made anew. Makes no store.
 * @throws UsageError `ERR_RUNCACHE_NO_STORE`, naming those that are there, `ERR_RUNCACHE_INDEX_ELSEWHERE` where
 * `ownIndex` cannot be had; CacheRootError where `dir` is no cache; RunIndexError where `index` cannot be used
 */
export async function openExistingStore(options: ExistingStoreOptions): Promise<RunStore<Columns>> {
  const { name, index, indexes, ownIndex, ...rest } = options;
  const cache = openCache(options.dir);
  const stores = indexedStores(cache);
  const found = name ?? (await onlyName(cache, stores));
  if (!stores.has(found)) await checkName(cache, found);
  const known = stores.get(found);
  const factory = index ?? chooseIndex(cache, found, known, options);
  const described = known?.columns;
  const isAsked = index !== undefined;
  const stamped = isAsked || described === undefined ? await stampedColumns(cache, found, factory, isAsked) : null;
  return new RunStore({
    ...rest,
    name: found,
    index: described === undefined ? factory : visitingIndex(factory),
    columns: optionalColumns(stamped ?? described ?? []),
  });
}

/** In the place of a store's own index. */
const standIn = visitingIndex(memoryIndex);

const FILES: Readonly<Record<string, IndexFactory>> = { sqlite: sqliteIndex, jsonl: jsonlIndex };

/** What is known of a store's index: all, or only that it has a file. */
type KnownIndex = Pick<IndexDescription, "kind"> & Partial<IndexDescription>;

/** Name of a store → its index, by its description, or else by its file. */
function indexedStores({ cacheDir }: Cache): ReadonlyMap<string, KnownIndex> {
  const dir = join(cacheDir, INDEX_DIR);
  const names = namesIn(dir);
  const byFile = Object.keys(FILES).flatMap((kind) =>
    names.flatMap((name) => (name.endsWith(`.${kind}`) ? [[name.slice(0, -kind.length - 1), { kind }] as const] : [])),
  );
  // The first kind of file counts.
  return new Map<string, KnownIndex>([...byFile.toReversed(), ...readDescriptions(dir)]);
}

/** The index that the store has, or what stands in for it. */
function chooseIndex(
  { cacheDir }: Cache,
  name: string,
  known: KnownIndex | undefined,
  { indexes = {}, ownIndex = false }: ExistingStoreOptions,
): IndexFactory {
  if (known === undefined) return ownIndex ? sqliteIndex : standIn;
  const { kind } = known;
  const factory = Object.hasOwn(FILES, kind) ? FILES[kind] : Object.hasOwn(indexes, kind) ? indexes[kind] : undefined;
  if (factory !== undefined) return factory;
  const hint = kind === "postgres" ? "give its address (--index or RUNCACHE_RUNS_INDEX of the command)" : "give it";
  const message =
    kind === "memory"
      ? `the run store ${name} in ${cacheDir} keeps its index in memory: it is made anew whenever the store is opened`
      : `the run store ${name} in ${cacheDir} has an index elsewhere (${kind}): ${hint}`;
  if (ownIndex) throw new UsageError("ERR_RUNCACHE_INDEX_ELSEWHERE", message, { dir: cacheDir, name, kind });
  if (kind !== "memory") {
    warnOnce("RUNCACHE_INDEX_ELSEWHERE", `${cacheDir} ${name}`, `${message}; until then its runs are read one by one`);
  }
  return standIn;
}

async function onlyName(cache: Cache, stores: ReadonlyMap<string, KnownIndex>): Promise<string> {
  const names = stores.size > 0 ? [...stores.keys()].sort() : await namesOfRuns(cache);
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

/**
 * The columns that an index was built for; null where it does not say, or is damaged: the store then makes it anew.
 * @param isAsked whether it is this index or none
 */
async function stampedColumns(
  cache: Cache,
  name: string,
  factory: IndexFactory,
  isAsked: boolean,
): Promise<IndexDescription["columns"] | null> {
  const index = factory({ dir: join(cache.cacheDir, INDEX_DIR), name, columns: {} });
  try {
    await index.open();
  } catch (error) {
    if (isAsked && !hasCode(error, "ERR_RUNCACHE_INDEX_CORRUPT")) throw error;
    return null; // the store meets the same error, and warns
  }
  try {
    const stamp = await index.stamp();
    return stamp === null ? null : knownColumns(JSON.parse(stamp.columns) as unknown[]);
  } finally {
    await index.close();
  }
}

/** Whoever opens a store that is there refuses no params for what they lack. */
function optionalColumns(columns: IndexDescription["columns"]): Columns {
  return Object.fromEntries(columns.map(([name, kind]) => [name, { kind, isOptional: true }]));
}
