import type { IndexRow, IndexStamp, RunIndex } from "../types/run-index.js";
import type { RunQuery, Where } from "../types/where.js";

/** An index whose code is loaded when it is opened. */
export class LazyIndex implements RunIndex {
  readonly kind: string;
  readonly #load: () => Promise<RunIndex>;
  #index: RunIndex | null = null;

  constructor(kind: string, load: () => Promise<RunIndex>) {
    this.kind = kind;
    this.#load = load;
  }

  async open(): Promise<void> {
    const index = await this.#load();
    await index.open();
    this.#index = index;
  }

  insert(rows: readonly IndexRow[]): Promise<void> {
    return this.#opened().insert(rows);
  }

  find(ids: readonly string[]): Promise<ReadonlyMap<string, IndexRow>> {
    return this.#opened().find(ids);
  }

  query(query: RunQuery): Promise<IndexRow[]> {
    return this.#opened().query(query);
  }

  count(where?: Where): Promise<number> {
    return this.#opened().count(where);
  }

  remove(ids: readonly string[]): Promise<void> {
    return this.#opened().remove(ids);
  }

  clear(): Promise<void> {
    return this.#opened().clear();
  }

  stamp(): Promise<IndexStamp | null> {
    return this.#opened().stamp();
  }

  setStamp(stamp: IndexStamp): Promise<void> {
    return this.#opened().setStamp(stamp);
  }

  close(): Promise<void> {
    return this.#opened().close();
  }

  #opened(): RunIndex {
    if (this.#index === null) throw new Error(`Internal error: the ${this.kind} index is not open`);
    return this.#index;
  }
}
