import { RuncacheError } from "@runcache/core";
import { join } from "node:path";
import type { IndexContext, IndexFactory, IndexRow, IndexStamp, RunIndex } from "../types/run-index.js";
import type { RunQuery, Where } from "../types/where.js";
import { LineFile, START, type Position } from "./jsonl-file.js";
import { decodeLine, encodeLine, type Line } from "./jsonl-line.js";
import { MemoryIndex } from "./memory.js";

/** Of so many lines that say nothing any more, beside as many as there are runs, the file is rid at the next start. */
const SPARE_LINES = 1000;

/** An index that is a readable text file, for stores of up to some ten thousand runs: all of it lies in memory. */
export const jsonlIndex: IndexFactory = (context) => new JsonlIndex(context);

class JsonlIndex implements RunIndex {
  readonly kind = "jsonl";
  readonly #file: LineFile;
  #memory = new MemoryIndex();
  #position: Position = START;
  /** Lines that the file has. */
  #lines = 0;

  constructor({ dir, name }: IndexContext) {
    this.#file = new LineFile(join(dir, `${name}.jsonl`));
  }

  async open(): Promise<void> {
    await this.#catchUp();
    if (this.#lines > 2 * this.#memory.rows.size + SPARE_LINES) await this.#compact();
  }

  async insert(rows: readonly IndexRow[]): Promise<void> {
    if (rows.length > 0) this.#file.append(rows.map((row) => encodeLine({ row })).join(""));
  }

  async find(ids: readonly string[]): Promise<ReadonlyMap<string, IndexRow>> {
    await this.#catchUp();
    return await this.#memory.find(ids);
  }

  async query(query: RunQuery): Promise<IndexRow[]> {
    await this.#catchUp();
    return await this.#memory.query(query);
  }

  async count(where?: Where): Promise<number> {
    await this.#catchUp();
    return await this.#memory.count(where);
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) this.#file.append(encodeLine({ removed: ids }));
  }

  async clear(): Promise<void> {
    this.#file.append(encodeLine({ cleared: true }));
  }

  async stamp(): Promise<IndexStamp | null> {
    await this.#catchUp();
    return await this.#memory.stamp();
  }

  async setStamp(stamp: IndexStamp): Promise<void> {
    this.#file.append(encodeLine({ stamp }));
  }

  async close(): Promise<void> {
    // Nothing is open between calls.
  }

  /** Reads what was appended since the last look. */
  async #catchUp(): Promise<void> {
    const { isNew, lines, position } = this.#file.read(this.#position);
    if (isNew) await this.#restart();
    let damage: RuncacheError | undefined;
    for (const text of lines) {
      this.#lines++;
      try {
        if (await this.#take(decodeLine(text, this.#file.path))) damage = undefined;
      } catch (error) {
        if (!(error instanceof RuncacheError)) throw error;
        damage ??= error;
      }
    }
    if (damage !== undefined) {
      // An index that is then opened is an empty one.
      this.#file.setAside();
      throw damage;
    }
    this.#position = position;
  }

  /** Returns whether the line makes everything before it void. */
  async #take(line: Line | null): Promise<boolean> {
    if (line === null) return false;
    if ("row" in line) await this.#memory.insert([line.row]);
    else if ("removed" in line) await this.#memory.remove(line.removed);
    else if ("stamp" in line) await this.#memory.setStamp(line.stamp);
    else await this.#memory.clear();
    return "cleared" in line;
  }

  async #restart(): Promise<void> {
    this.#memory = new MemoryIndex();
    this.#position = START;
    this.#lines = 0;
  }

  async #compact(): Promise<void> {
    const stamp = await this.#memory.stamp();
    const rows = [...this.#memory.rows.values()].map((row) => encodeLine({ row }));
    const text = [...rows, ...(stamp === null ? [] : [encodeLine({ stamp })])].join("");
    if (this.#file.replace(text, this.#position)) await this.#catchUp();
  }
}
