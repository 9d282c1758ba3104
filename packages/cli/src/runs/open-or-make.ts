import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode, RuncacheError, UsageError, type EventListener } from "@runcache/core";
import type { ExistingStoreOptions } from "@runcache/runs";
import type { Context } from "../context.js";
import { closing, storeOptions, type Runs, type WhichStore } from "./open-runs.js";

/** A store that is made where there is none. */
export interface StoreToFill extends WhichStore {
  /** Ending of the results that the store itself holds. */
  readonly suffix?: string | undefined;
  /** Whether nothing is to be written. */
  readonly isDry: boolean;
  readonly onEvent: EventListener;
}

/**
 * Calls `use` with the store that the flags name, and closes it; where there is none, makes it.
 * @throws CacheRootError where the directory can be none; UsageError `ERR_RUNCACHE_NO_STORE` where it has no name
 */
export async function withRunsToFill<T>(
  context: Context,
  { suffix, isDry, onEvent, ...which }: StoreToFill,
  use: (runs: Runs) => Promise<T>,
): Promise<T> {
  const more = { onEvent, ...(suffix === undefined ? {} : { fileSuffix: suffix }) };
  const options = { ...(await storeOptions(context, which)), ...more };
  const found = await openIfThere(options);
  if (typeof found !== "string") return await closing(found, use);
  const { RunStore, sqliteIndex } = await import("@runcache/runs");
  const { index, indexes, ownIndex: _, ...rest } = options;
  // Nobody looks at a store that is made for a dry run.
  const isElsewhere = isDry && isNoCache(options.dir);
  const dir = isElsewhere ? mkdtempSync(join(tmpdir(), "runcache-dry-run-")) : options.dir;
  try {
    return await closing(
      new RunStore({ ...rest, name: found, dir, index: index ?? indexes?.["postgres"] ?? sqliteIndex }),
      use,
    );
  } finally {
    if (isElsewhere) rmSync(dir, { recursive: true, force: true });
  }
}

/** The store, or the name that one has to have. */
async function openIfThere(options: ExistingStoreOptions): Promise<Runs | string> {
  const { openExistingStore } = await import("@runcache/runs");
  try {
    return await openExistingStore(options);
  } catch (error) {
    const isMissing = hasCode(error, "ERR_RUNCACHE_NO_STORE") || isNoCache(options.dir);
    if (!isMissing || !(error instanceof RuncacheError)) throw error;
    if (options.name !== undefined) return options.name;
    throw new UsageError("ERR_RUNCACHE_NO_STORE", `${error.message}; --name NAME makes a store`, error.facts);
  }
}

/** Whether nothing is there yet, or a directory with nothing in it. */
function isNoCache(dir: string): boolean {
  try {
    return readdirSync(dir).length === 0;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return true;
    throw error;
  }
}
