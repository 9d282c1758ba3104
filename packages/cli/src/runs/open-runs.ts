import type { Columns, ExistingStoreOptions, RunRecord, RunStore } from "@runcache/runs";
import { UsageError } from "@runcache/core";
import { settingsOf, type Context } from "../context.js";

/** Which store is asked for. */
export interface WhichStore {
  readonly dir?: string | undefined;
  readonly name?: string | undefined;
  readonly index?: string | undefined;
  readonly version?: string | undefined;
  readonly "float-digits"?: number | undefined;
  /** Whether the store's own index is needed, not what it would say. */
  readonly ownIndex?: boolean;
}

/** A store that is there. Its columns are whatever it has. */
export type Runs = RunStore<Columns>;
/** A run of such a store. */
export type Run = RunRecord<Columns>;

/**
 * Calls `use` with the store that the flags name, and closes it.
 * @throws CacheRootError, UsageError where there is none
 */
export async function withRuns<T>(context: Context, which: WhichStore, use: (runs: Runs) => Promise<T>): Promise<T> {
  const { openExistingStore } = await import("@runcache/runs");
  return await closing(await openExistingStore(await storeOptions(context, which)), use);
}

/** What the flags say of the store. */
export async function storeOptions(context: Context, which: WhichStore): Promise<ExistingStoreOptions> {
  const { cacheDir, runsIndex } = await settingsOf(context, { cacheDir: which.dir, runsIndex: which.index });
  const { name, version, "float-digits": floatDigits, ownIndex = false } = which;
  return {
    dir: cacheDir.value,
    ownIndex,
    ...(runsIndex.value === null ? {} : await indexOptions(runsIndex.value, which.index !== undefined)),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(floatDigits === undefined ? {} : { floatDigits }),
  };
}

/** @param isAsked whether the store has this index whatever index it had; else it counts where the store has such a one */
async function indexOptions(
  address: string,
  isAsked: boolean,
): Promise<Pick<ExistingStoreOptions, "index" | "indexes">> {
  const { postgresIndex } = await import("@runcache/runs");
  const index = postgresIndex({ connectionString: address });
  return isAsked ? { index } : { indexes: { postgres: index } };
}

/** Calls `use`, and closes the store whatever comes of it. */
export async function closing<T>(runs: Runs, use: (runs: Runs) => Promise<T>): Promise<T> {
  try {
    return await use(runs);
  } finally {
    await runs.close();
  }
}

/** What the flags say of which runs. @throws UsageError `ERR_RUNCACHE_WHERE` */
export async function conditionOf(texts: readonly string[]): Promise<object> {
  if (texts.length === 0) return {};
  const { parseWhereText } = await import("@runcache/runs");
  return { and: texts.map((text) => parseWhereText(text)) };
}

/**
 * The run whose id is `given`, or begins with it; of any version.
 * @throws UsageError `ERR_RUNCACHE_RUN_ID`, `ERR_RUNCACHE_NO_RUN`
 */
export async function findRun(runs: Runs, given: string): Promise<Run> {
  if (!/^[0-9a-f]{4,64}$/.test(given)) {
    const message = `${JSON.stringify(given)} is no id: an id is 64 hexadecimal digits, or the first of them (at least 4); 'runcache runs ls' lists them`;
    throw new UsageError("ERR_RUNCACHE_RUN_ID", message, { id: given });
  }
  const [run, other] = await runs.list({ where: { id: { like: `${given}%` } }, limit: 2, allVersions: true });
  if (run === undefined) {
    throw new UsageError("ERR_RUNCACHE_NO_RUN", `there is no run ${given}; 'runcache runs ls' lists those that are`, {
      id: given,
    });
  }
  if (other === undefined) return run;
  const message = `several runs begin with ${given}, among them ${run.id} and ${other.id}: give more digits`;
  throw new UsageError("ERR_RUNCACHE_RUN_ID", message, { id: given });
}
