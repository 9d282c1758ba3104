import { checkOptionNames, UsageError } from "@runcache/core";
import { deleteRun } from "./delete.js";
import { Engine, type MakeOptions } from "./engine.js";
import { importEntropic, type EntropicImportOptions, type EntropicImportReport } from "./entropic/import.js";
import { exportRuns, type ExportOptions } from "./export.js";
import { countRuns, listRuns, type ListOptions } from "./list.js";
import type { RunStoreOptions } from "./options.js";
import { planRuns, type RunPlan } from "./plan.js";
import { registerRun, type RegisterOptions } from "./register.js";
import { sweepRuns, type SweepOptions, type SweepReport } from "./sweep.js";
import type { Columns, NoColumns, ParamsOf } from "./types/column.js";
import type { RunRecord } from "./types/record.js";
import type { RunFunction } from "./types/runner.js";
import type { RunnerModule } from "./workers/runner-module.js";

/** Options of `runOrRetrieve` and `run`. */
export interface RunOptions {
  /** JSON that the record keeps; not part of what makes two runs the same. @default {} */
  readonly metadata?: object;
  readonly signal?: AbortSignal;
}

const OPTIONS = { metadata: true, signal: true } satisfies Record<keyof RunOptions, true>;

/**
 * Runs of one simulation: parameters in, result file out, never computed twice.
 *
 * The function is not hashed: bump `version` when it changes.
 * @example
 * ```ts
 * import { writeFile } from "node:fs/promises";
 * import { integer, real, RunStore } from "@runcache/runs";
 *
 * await using store = new RunStore({ dir: "./runs", name: "decay", columns: { n: integer(), dt: real() } });
 * const record = await store.runOrRetrieve({ n: 100, dt: 0.01 }, async ({ n, dt }, { resultFile }) => {
 *   await writeFile(resultFile, JSON.stringify(Array.from({ length: n }, (_, i) => Math.exp(-i * dt))));
 * });
 * console.log(record.resultFile, record.dt);
 * ```
 */
export class RunStore<C extends Columns = NoColumns> implements AsyncDisposable {
  readonly #engine: Engine;

  /**
   * Opens the store at `options.dir`; makes it where there is none.
   * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_STORE_OPTION`, `ERR_RUNCACHE_COLUMN_NAME`,
   * `ERR_RUNCACHE_FLOAT_DIGITS`; CacheRootError where the directory cannot be used
   */
  constructor(options: RunStoreOptions<C>) {
    this.#engine = new Engine(options);
  }

  /** Host path of the store. */
  get dir(): string {
    return this.#engine.cache.cacheDir;
  }

  get name(): string {
    return this.#engine.options.name;
  }

  /**
   * The record of `params`, after running `runner` where there is none.
   * @throws RunError `ERR_RUNCACHE_RUN_FAILED` with what the runner threw as `cause`, `ERR_RUNCACHE_NO_RESULT`;
   * UsageError on params that cannot be a key or do not fit the columns; the signal's reason
   */
  async runOrRetrieve<P extends ParamsOf<C>>(
    params: P,
    runner: RunFunction<Readonly<P>>,
    options: RunOptions = {},
  ): Promise<RunRecord<C>> {
    checkOptionNames("runOrRetrieve", options, Object.keys(OPTIONS));
    return await this.#run(params, runner, options, false);
  }

  /**
   * Runs in any case. The record then replaces the earlier one; with `keep` both stay, the new one as a replicate.
   * @throws as {@link RunStore.runOrRetrieve}
   */
  async run<P extends ParamsOf<C>>(
    params: P,
    runner: RunFunction<Readonly<P>>,
    { keep = false, ...options }: RunOptions & { readonly keep?: boolean } = {},
  ): Promise<RunRecord<C>> {
    checkOptionNames("run", options, [...Object.keys(OPTIONS), "keep"]);
    if (!keep) return await this.#run(params, runner, options, true);
    for (let replicate = 0; ; replicate++) {
      const asked = this.#engine.ask(params, replicate);
      if (this.#engine.cache.get(asked.id) !== null) continue;
      let calls = 0;
      const made = await this.#engine.make(
        asked,
        (...given: Parameters<typeof runner>) => {
          calls++;
          return runner(...given);
        },
        options,
      );
      // Somebody else made it meanwhile: that is another run than this one.
      if (calls > 0) return (await this.#recorded(made)) as RunRecord<C>;
    }
  }

  /** The record of `params`, or null where there is none whose result is as it was. @throws UsageError as {@link RunStore.runOrRetrieve} */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- takes params beyond the columns
  async retrieve<P extends ParamsOf<C>>(params: P): Promise<RunRecord<C> | null> {
    const engine = this.#engine;
    const asked = engine.ask(params);
    const row = engine.entryRow(asked.id);
    if (row === null || !engine.cache.touch(row.id)) return null;
    await engine.index.ensure(row);
    return engine.record(row, asked.params) as RunRecord<C>;
  }

  /**
   * Records the host file `file` as the result of `params`, in the place of an earlier one.
   * @throws UsageError `ERR_RUNCACHE_REGISTER` where it is no file; what copying throws
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- takes params beyond the columns
  async register<P extends ParamsOf<C>>(params: P, file: string, options: RegisterOptions = {}): Promise<RunRecord<C>> {
    return (await registerRun(this.#engine, params, file, options)) as RunRecord<C>;
  }

  /**
   * The records that `where` selects, by default all of this version in the order in which they were made.
   * Their files are not looked at.
   * @throws UsageError `ERR_RUNCACHE_WHERE`
   */
  async list(options: ListOptions = {}): Promise<RunRecord<C>[]> {
    return (await listRuns(this.#engine, options)) as RunRecord<C>[];
  }

  /** How many records `where` selects. @throws UsageError `ERR_RUNCACHE_WHERE` */
  async count(where: object = {}): Promise<number> {
    return await countRuns(this.#engine, where);
  }

  /**
   * `runOrRetrieve` for each of `grid`, which may be endless in all but time: it is read as it is run. A
   * runner given as `{ module, export }` runs in threads or processes of its own; one that dies is a failed
   * run, and one that does not heed `signal` for five seconds is ended.
   * @throws with `onError: "stop"` the first RunError, after the runs under way have ended; the signal's
   * reason; UsageError, also where the module cannot be used. Whatever happens, each run that ended well is recorded.
   */
  async sweep<P extends ParamsOf<C>>(
    grid: Iterable<P> | AsyncIterable<P>,
    runner: RunFunction<Readonly<P>> | RunnerModule,
    options: SweepOptions<C> = {},
  ): Promise<SweepReport<C>> {
    return await sweepRuns<C>(this.#engine, grid, runner, options);
  }

  /** What a sweep of `grid` would find, and what the rest would cost. @throws UsageError */
  async plan<P extends ParamsOf<C>>(grid: Iterable<P> | AsyncIterable<P>): Promise<RunPlan> {
    return await planRuns(this.#engine, grid);
  }

  /**
   * Deletes the record of `params`, or that of an id (also a short one). Returns whether there was one. The
   * result stays where it is until the same run is made again; `removeFile` removes it too.
   * @throws UsageError `ERR_RUNCACHE_RUN_ID`
   */
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- takes params beyond the columns
  async delete<P extends ParamsOf<C>>(
    run: P | string,
    options: { readonly removeFile?: boolean } = {},
  ): Promise<boolean> {
    return await deleteRun(this.#engine, run, options);
  }

  /**
   * Writes records to the host path `file`, which is replaced when all is written. Returns how many.
   * @throws UsageError `ERR_RUNCACHE_EXPORT_FORMAT`, `ERR_RUNCACHE_EXPORT_FILE`, `ERR_RUNCACHE_WHERE`
   */
  async export(file: string, options: ExportOptions = {}): Promise<number> {
    return await exportRuns(this.#engine, file, options);
  }

  /**
   * Records the runs of entropic's database, with their result files, in the order in which they were made; several
   * of the same params become replicates. What is here already is left as it is.
   * @throws UsageError `ERR_RUNCACHE_ENTROPIC` where it is no such database; RunIndexError
   * `ERR_RUNCACHE_INDEX_DRIVER`; the signal's reason
   */
  async importEntropic(options: EntropicImportOptions): Promise<EntropicImportReport> {
    return await importEntropic(this.#engine, options);
  }

  /** Makes the index anew from the runs themselves. Returns how many there are, of all versions. */
  async rebuildIndex(): Promise<number> {
    return await this.#engine.index.rebuild();
  }

  /** Closes the index. The store opens it again when it is used again. */
  async close(): Promise<void> {
    await this.#engine.index.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(params: object, runner: unknown, options: MakeOptions, refresh: boolean): Promise<RunRecord<C>> {
    if (typeof runner !== "function") {
      throw new UsageError("ERR_RUNCACHE_RUNNER", "the runner is no function: pass (params, { resultFile }) => …");
    }
    const made = await this.#engine.make(this.#engine.ask(params), runner as RunFunction<never>, options, refresh);
    return (await this.#recorded(made)) as RunRecord<C>;
  }

  async #recorded({ row, record, isStored, isHit }: Awaited<ReturnType<Engine["make"]>>): Promise<unknown> {
    const { index } = this.#engine;
    if (isStored) await (isHit ? index.ensure(row) : index.use((open) => open.insert([row])));
    return record;
  }
}
