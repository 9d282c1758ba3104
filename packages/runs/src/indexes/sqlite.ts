import type { IndexFactory } from "../types/run-index.js";
import { LazyIndex } from "./lazy-index.js";

/**
 * Keeps the runs of a store in a SQLite file beside it: the default. Several processes of one machine, and
 * on a network file system with locks several machines, may use it at once.
 */
export const sqliteIndex: IndexFactory = (context) =>
  new LazyIndex("sqlite", async () => new (await import("./sqlite-index.js")).SqliteIndex(context));
