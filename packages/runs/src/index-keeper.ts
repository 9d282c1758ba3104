import { chmodSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasCode, UsageError, warnOnce, type Cache } from "@runcache/core";
import { describeIndex, type IndexDescription } from "./index-description.js";
import { memoryIndex } from "./indexes/memory.js";
import { rowOfEntry } from "./rows.js";
import type { ColumnKind, Columns } from "./types/column.js";
import type { IndexFactory, IndexRow, IndexStamp, RunIndex } from "./types/run-index.js";

/** Where indexes lie, in the cache. */
export const INDEX_DIR = ".index";
/** Version of rows. */
const LAYOUT = 1;
/** Rows that a rebuild inserts at once. */
const CHUNK = 1000;
const MOST_KNOWN = 100_000;

/** Indexes of those who visit a store that they did not make. */
const visiting = new WeakSet<IndexFactory>();

/** The same index, for a visitor: what is noted of the store's own index stays as it is. */
export function visitingIndex(factory: IndexFactory): IndexFactory {
  const visitor: IndexFactory = (context) => factory(context);
  visiting.add(visitor);
  return visitor;
}

export interface IndexKeeperOptions {
  readonly cache: Cache;
  readonly factory: IndexFactory;
  readonly name: string;
  readonly columns: Columns;
  readonly kinds: Readonly<Record<string, ColumnKind>>;
}

/**
 * Keeps a store's index: opens it at its first use, rebuilds it from the entries where it is missing,
 * damaged or of other columns, and goes on with one in memory where it cannot be used. Its trouble is a
 * warning, and fails nothing.
 */
export class IndexKeeper {
  readonly #options: IndexKeeperOptions;
  readonly #stamp: IndexStamp;
  readonly #columns: IndexDescription["columns"];
  #opening: Promise<RunIndex> | undefined;
  /** Ids of rows that were seen in it. */
  readonly #known = new Set<string>();
  #wasRebuilt = false;
  /** Whether whatever is opened is filled next. */
  #isRebuilding = false;
  /** Why one in memory serves in its place; null while it serves itself. */
  #fallbackFor: Error | null = null;

  constructor(options: IndexKeeperOptions) {
    this.#options = options;
    this.#columns = Object.entries(options.kinds).sort(([a], [b]) => (a < b ? -1 : 1));
    this.#stamp = { layout: LAYOUT, columns: JSON.stringify(this.#columns) };
  }

  /** Asks the index; where it fails, asks again after a rebuild, or the one in memory. */
  async use<T>(ask: (index: RunIndex) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask(await this.#opened());
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  /** Opens it, where it is not open yet: before a store's first run, so that a new index is not taken for a lost one. */
  async ready(): Promise<void> {
    await this.use(() => Promise.resolve());
  }

  /** Inserts a row that is there already, unless a process was killed between its commit and its row. */
  async ensure(row: IndexRow): Promise<void> {
    if (this.#known.has(row.id)) return;
    await this.use(async (index) => {
      if (!(await index.find([row.id])).has(row.id)) await index.insert([row]);
    });
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.add(row.id);
  }

  /** Rebuilds the index from the entries. Returns how many runs it has then. @throws what keeps it from being used */
  async rebuild(): Promise<number> {
    this.#isRebuilding = true;
    const count = await this.use((index) => this.#fill(index)).finally(() => (this.#isRebuilding = false));
    if (this.#fallbackFor !== null) throw this.#fallbackFor;
    return count;
  }

  /** Where it was opened, closes it. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    if (opening !== undefined) await (await opening).close();
  }

  #opened(): Promise<RunIndex> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<RunIndex> {
    const { cache, factory, name, kinds } = this.#options;
    const dir = join(cache.cacheDir, INDEX_DIR);
    const isOwn = this.#fallbackFor === null;
    if (isOwn) ensureIndexDir(dir, cache.cacheDir);
    const index = (isOwn ? factory : memoryIndex)({ dir, name, columns: kinds });
    await index.open();
    if (isOwn && !visiting.has(factory)) describeIndex(dir, name, { kind: index.kind, columns: this.#columns });
    if (this.#isRebuilding) return index;
    const stamp = await index.stamp();
    if (stamp?.layout === this.#stamp.layout && stamp.columns === this.#stamp.columns) return index;
    const count = await this.#fill(index);
    if (stamp === null && count > 0 && isOwn && index.kind !== "memory") {
      this.#warn("RUNCACHE_INDEX_REBUILT", `the index was missing: it was rebuilt from ${count} runs`);
    }
    return index;
  }

  /** Cleared first, then filled: what others insert meanwhile is an entry that the walk finds, or stays. */
  async #fill(index: RunIndex): Promise<number> {
    const { cache, name, columns } = this.#options;
    await index.clear();
    let count = 0;
    let rows: IndexRow[] = [];
    const flush = async (): Promise<void> => {
      await index.insert(rows);
      count += rows.length;
      rows = [];
    };
    for await (const entry of cache.entries()) {
      const row = rowOfEntry(entry, name, columns);
      if (row !== null && rows.push(row) === CHUNK) await flush();
    }
    await flush();
    await index.setStamp(this.#stamp);
    return count;
  }

  async #recover(error: unknown): Promise<void> {
    // A wrong call (a condition, an address that is none) is no fault of the index.
    if (this.#fallbackFor !== null || !(error instanceof Error) || error instanceof UsageError) throw error;
    const opening = this.#opening;
    this.#opening = undefined;
    this.#known.clear();
    // One that fails to close is given up all the same.
    await opening?.then((index) => index.close()).catch(() => undefined);
    if (hasCode(error, "ERR_RUNCACHE_INDEX_CORRUPT") && !this.#wasRebuilt) {
      this.#wasRebuilt = true;
      this.#warn("RUNCACHE_INDEX_REBUILT", `${error.message} It is rebuilt from the runs.`);
      return;
    }
    this.#fallbackFor = error;
    this.#warn(
      "RUNCACHE_INDEX_UNUSABLE",
      `${error.message} Until the store is opened again, an index in memory serves.`,
    );
  }

  #warn(code: `RUNCACHE_${string}`, message: string): void {
    const { cache, name } = this.#options;
    warnOnce(code, `${cache.cacheDir} ${name}`, `run store ${name} in ${cache.cacheDir}: ${message}`);
  }
}

/** For those who may use the cache, whatever the umask; indexes take their files' modes from it. */
function ensureIndexDir(dir: string, cacheDir: string): void {
  if (mkdirSync(dir, { recursive: true }) !== undefined) chmodSync(dir, statSync(cacheDir).mode & 0o7777);
}
