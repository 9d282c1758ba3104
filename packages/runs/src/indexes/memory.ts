import type { IndexFactory, IndexRow, IndexStamp, RunIndex } from "../types/run-index.js";
import type { RunQuery, Where } from "../types/where.js";
import { matches, select } from "./match.js";

/** An index that lives as long as its store; other processes do not see it. */
export const memoryIndex: IndexFactory = () => new MemoryIndex();

/** Rows by id: the reference for every other index. */
export class MemoryIndex implements RunIndex {
  readonly kind: string = "memory";
  readonly rows = new Map<string, IndexRow>();
  #stamp: IndexStamp | null = null;

  async open(): Promise<void> {
    // There is nothing to open.
  }

  async insert(rows: readonly IndexRow[]): Promise<void> {
    for (const row of rows) this.rows.set(row.id, row);
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, IndexRow>> {
    const found = new Map<string, IndexRow>();
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row !== undefined) found.set(id, row);
    }
    return found;
  }

  async query(query: RunQuery): Promise<IndexRow[]> {
    return select(this.rows.values(), query);
  }

  async count(where?: Where): Promise<number> {
    if (where === undefined) return this.rows.size;
    let count = 0;
    for (const row of this.rows.values()) if (matches(where, row)) count++;
    return count;
  }

  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) this.rows.delete(id);
  }

  async clear(): Promise<void> {
    this.rows.clear();
    this.#stamp = null;
  }

  async stamp(): Promise<IndexStamp | null> {
    return this.#stamp;
  }

  async setStamp(stamp: IndexStamp): Promise<void> {
    this.#stamp = stamp;
  }

  async close(): Promise<void> {
    // There is nothing to close.
  }
}
