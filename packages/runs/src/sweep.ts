import { checkOptionNames, hasCode, isBypassed, Turn, UsageError } from "@runcache/core";
import { checkGrid, chunksOf } from "./chunks.js";
import type { AskedRun, Engine, Made } from "./engine.js";
import { progressPrinter } from "./progress-printer.js";
import { RunError } from "./run-error.js";
import { SweepProgress, type ProgressListener } from "./sweep-progress.js";
import type { Columns } from "./types/column.js";
import type { RunFields, RunRecord } from "./types/record.js";
import type { IndexRow } from "./types/run-index.js";
import type { RunFunction } from "./types/runner.js";
import { WORKER_KINDS, type RunnerModule, type WorkerKind } from "./workers/runner-module.js";
import { WorkerPool } from "./workers/worker-pool.js";

/** Options of `sweep`. */
export interface SweepOptions<C extends Columns> {
  /** Runners that are under way at once. @default 1 */
  readonly concurrency?: number;
  /** Where a runner that is given as a module runs; a function runs in this thread. @default "threads" */
  readonly workers?: WorkerKind;
  /** Whether a failed run ends the sweep, or is reported at its end. @default "stop" */
  readonly onError?: "stop" | "continue";
  /** Is told how far the sweep is, at most ten times a second, and at its end; `auto` writes it to stderr. */
  readonly progress?: ProgressListener | "auto";
  readonly signal?: AbortSignal;
  /** Of every record that the sweep makes. @default {} */
  readonly metadata?: object;
  /** Receives every record as it is there, with its place in the grid. */
  readonly onRecord?: (record: RunRecord<C>, index: number) => void;
  /** Whether the report has the records; where not, a grid of any length needs no memory. @default true */
  readonly collect?: boolean;
}

/** What a sweep did. */
export interface SweepReport<C extends Columns> {
  /** In the order of the grid, without those that failed. */
  readonly records: readonly RunRecord<C>[];
  /** What failed, under `onError: "continue"`. */
  readonly failures: readonly RunError[];
  /** Points of the grid whose run was there. */
  readonly hits: number;
  /** Points of the grid that were run. */
  readonly runs: number;
  readonly elapsedSeconds: number;
}

const OPTIONS = {
  concurrency: true,
  workers: true,
  onError: true,
  progress: true,
  signal: true,
  metadata: true,
  onRecord: true,
  collect: true,
} satisfies Record<keyof SweepOptions<Columns>, true>;

/** Points that are looked up at once. */
const CHUNK = 500;
/** Rows that are inserted at once, and how long one waits for others, in milliseconds. */
const ROWS = 200;
const ROWS_MS = 250;

export async function sweepRuns<C extends Columns>(
  engine: Engine,
  grid: Iterable<unknown> | AsyncIterable<unknown>,
  runner: RunFunction<never> | RunnerModule,
  options: SweepOptions<C>,
): Promise<SweepReport<C>> {
  checkGrid(grid);
  checkOptions(options, runner);
  const { concurrency = 1, workers = "threads" } = options;
  options.signal?.throwIfAborted();
  const pool = typeof runner === "function" ? null : new WorkerPool(workers, runner);
  const run = pool === null ? (runner as RunFunction<never>) : pool.run;
  const sweep = new Sweep(engine, grid, run, options as SweepOptions<Columns>);
  try {
    await Promise.all(Array.from({ length: concurrency }, () => sweep.work()));
  } finally {
    await pool?.close();
  }
  return (await sweep.end()) as unknown as SweepReport<C>;
}

class Sweep {
  readonly #engine: Engine;
  readonly #runner: RunFunction<never>;
  readonly #options: SweepOptions<Columns>;
  readonly #missing: AsyncGenerator<{ readonly asked: AskedRun; readonly index: number }>;
  readonly #progress: SweepProgress;
  readonly #records = new Map<number, RunFields>();
  readonly #failures: RunError[] = [];
  #rows: IndexRow[] = [];
  /** When rows were inserted last, by `performance.now()`. */
  #flushedMs = performance.now();
  readonly #turn = new Turn();
  /** What ends the sweep, in a box: it may be anything. */
  #end: { readonly reason: unknown } | undefined;

  constructor(
    engine: Engine,
    grid: Iterable<unknown> | AsyncIterable<unknown>,
    runner: RunFunction<never>,
    options: SweepOptions<Columns>,
  ) {
    this.#engine = engine;
    this.#runner = runner;
    this.#options = options;
    this.#missing = this.#look(grid);
    const progress = options.progress === "auto" ? progressPrinter() : options.progress;
    this.#progress = new SweepProgress(progress, lengthOf(grid));
  }

  /** Runs what is missing, one after the other, until nothing is or the sweep ends. Never rejects. */
  async work(): Promise<void> {
    try {
      while (this.#end === undefined) {
        const next = await this.#missing.next();
        if (next.done === true) return;
        await this.#run(next.value.asked, next.value.index);
        if (this.#turn.isLong) await this.#turn.end(); // of runners that block
        if (this.#options.signal?.aborted === true) this.#end ??= { reason: this.#options.signal.reason };
      }
    } catch (error) {
      this.#end ??= { reason: error };
    }
  }

  async end(): Promise<SweepReport<Columns>> {
    await this.#flush();
    const { hits, runs, elapsedSeconds } = this.#progress.end();
    if (this.#end !== undefined) throw this.#end.reason;
    const places = [...this.#records.keys()].sort((a, b) => a - b);
    const records = places.map((place) => this.#records.get(place) as RunRecord<Columns>);
    return { records, failures: this.#failures, hits, runs, elapsedSeconds };
  }

  /** The points of the grid that have no run; the others are recorded on the way. */
  async *#look(grid: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<{ asked: AskedRun; index: number }> {
    let index = 0;
    for await (const chunk of chunksOf(grid, CHUNK)) {
      const first = index;
      index += chunk.length;
      const asked = chunk.map((params) => this.#engine.ask(params));
      // Whoever asks for no cache, or for a new one, is not served from the index.
      const isOff = isBypassed() || !["", "on", undefined].includes(process.env["RUNCACHE"]);
      const ids = isOff ? [] : asked.map(({ id }) => id);
      const rows = await this.#engine.index.use((asking) => asking.find(ids));
      for (const [place, run] of asked.entries()) {
        if (this.#end !== undefined) return;
        const row = rows.get(run.id);
        if (row === undefined || !this.#engine.confirm(row)) {
          yield { asked: run, index: first + place };
          this.#options.signal?.throwIfAborted();
        } else {
          this.#take(this.#engine.record(row, run.params), first + place, true);
        }
      }
      this.#options.signal?.throwIfAborted();
    }
  }

  async #run(asked: AskedRun, index: number): Promise<void> {
    const { metadata, signal, onError = "stop" } = this.#options;
    let made: Made;
    try {
      made = await this.#engine.make(asked, this.#runner, {
        ...(metadata === undefined ? {} : { metadata }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      // What no run can be made with is no failure of one.
      if (hasCode(error.cause, "ERR_RUNCACHE_RUNNER_MODULE")) throw error.cause;
      if (onError === "stop") throw error;
      this.#failures.push(error);
      this.#progress.failed();
      return;
    }
    if (made.isStored) await this.#list(made.row);
    this.#take(made.record, index, made.isHit);
  }

  #take(record: RunFields, index: number, isHit: boolean): void {
    if (this.#options.collect !== false) this.#records.set(index, record);
    this.#options.onRecord?.(record as RunRecord<Columns>, index);
    this.#progress.done(isHit);
  }

  /** Rows are inserted together, but soon: whoever asks meanwhile, or after a kill, does not know of the others. */
  async #list(row: IndexRow): Promise<void> {
    const count = this.#rows.push(row);
    if (count < ROWS && performance.now() - this.#flushedMs < ROWS_MS) return;
    await this.#flush();
    this.#flushedMs = performance.now();
  }

  async #flush(): Promise<void> {
    const rows = this.#rows;
    this.#rows = [];
    if (rows.length > 0) await this.#engine.index.use((index) => index.insert(rows));
  }
}

function lengthOf(grid: object): number | null {
  if (Array.isArray(grid)) return grid.length;
  return "size" in grid && typeof grid.size === "number" ? grid.size : null;
}

function checkOptions<C extends Columns>(options: SweepOptions<C>, runner: unknown): void {
  checkOptionNames("sweep", options, Object.keys(OPTIONS));
  const { concurrency = 1, onError = "stop", workers, progress } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw sweepError("concurrency", `${concurrency}; give a whole number from 1`);
  }
  if (!["stop", "continue"].includes(onError)) throw sweepError("onError", `${onError}; it is stop or continue`);
  if (workers !== undefined && !WORKER_KINDS.includes(workers)) {
    throw sweepError("workers", `${workers as string}; it is ${WORKER_KINDS.join(" or ")}`);
  }
  if (progress !== undefined && progress !== "auto" && typeof progress !== "function") {
    throw sweepError("progress", `${String(progress)}; it is auto or a function`);
  }
  if (typeof runner === "object" && runner !== null && "module" in runner) return;
  if (typeof runner !== "function") throw sweepError("runner", "neither a function nor { module }");
  if (workers !== undefined) {
    throw sweepError("runner", "a function, which cannot be sent to workers; give { module: path, export: name }");
  }
}

function sweepError(option: string, fault: string): UsageError {
  return new UsageError("ERR_RUNCACHE_SWEEP_OPTION", `sweep: ${option} is ${fault}`, { option });
}
