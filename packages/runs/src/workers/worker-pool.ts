import { paramsText, type Params } from "../params.js";
import type { RunContext } from "../types/runner.js";
import { openChannel, type Channel } from "./channel.js";
import { receiveError, type WorkerReport } from "./messages.js";
import {
  moduleError,
  resolveModule,
  type ResolvedModule,
  type RunnerModule,
  type WorkerKind,
} from "./runner-module.js";

/** Milliseconds that a runner has to hear the signal; then its worker is ended. */
const GRACE_MS = 5000;

/**
 * Workers that run a module's runner: started when they are needed, and used again. The caller makes the
 * entry and records the run, so that a worker which dies leaves nothing half done.
 */
export class WorkerPool {
  readonly #kind: WorkerKind;
  readonly #module: ResolvedModule;
  readonly #workers = new Set<RunWorker>();

  /** @throws UsageError `ERR_RUNCACHE_RUNNER_MODULE` where the module names no file */
  constructor(kind: WorkerKind, module: RunnerModule) {
    this.#kind = kind;
    this.#module = resolveModule(module);
  }

  /** Runs in a worker that is idle, or in a new one: a RunFunction. */
  readonly run = async (params: Params, context: RunContext): Promise<void> => {
    context.signal?.throwIfAborted();
    let worker = [...this.#workers].find(({ isIdle }) => isIdle);
    if (worker === undefined) {
      worker = new RunWorker(this.#kind, this.#module);
      const started = worker;
      this.#workers.add(started);
      void started.gone.then(() => this.#workers.delete(started));
    }
    await worker.run(params, context);
  };

  /** Ends the workers, and waits until they are gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.end()));
  }
}

interface Task {
  readonly context: RunContext;
  resolve(): void;
  reject(error: unknown): void;
}

class RunWorker {
  readonly gone: Promise<void>;
  readonly #channel: Channel;
  readonly #kind: WorkerKind;
  readonly #module: ResolvedModule;
  #isGone = false;
  #task: Task | undefined;
  /** What waits for the worker to be ready. */
  #order: { readonly params: string; readonly resultFile: string; readonly outputDir: string } | undefined;
  #isReady = false;

  constructor(kind: WorkerKind, module: ResolvedModule) {
    this.#kind = kind;
    this.#module = module;
    let tell: () => void = () => undefined;
    this.gone = new Promise((resolve) => (tell = resolve));
    this.#channel = openChannel(kind, module, {
      report: (report) => {
        this.#receive(report);
      },
      gone: (how) => {
        this.#isGone = true;
        this.#settle(new Error(`the worker that ran it (one of ${this.#kind}) is gone: ${how}`));
        tell();
      },
    });
  }

  get isIdle(): boolean {
    return this.#task === undefined && !this.#isGone;
  }

  async run(params: Params, context: RunContext): Promise<void> {
    const { signal, resultFile, outputDir } = context;
    let timer: NodeJS.Timeout | undefined;
    const abort = (): void => {
      // One that has not begun has nothing to hear.
      if (!this.#isReady) {
        this.#channel.kill();
        return;
      }
      const reason: unknown = signal?.reason;
      this.#channel.send({ type: "abort", reason: reason instanceof Error ? reason.message : String(reason) });
      timer = setTimeout(() => {
        this.#channel.kill();
      }, GRACE_MS);
    };
    try {
      await new Promise<void>((resolve, reject) => {
        this.#task = { context, resolve, reject };
        this.#order = { params: paramsText(params), resultFile, outputDir };
        signal?.addEventListener("abort", abort, { once: true });
        if (this.#isReady) this.#give();
      });
    } catch (error) {
      signal?.throwIfAborted(); // what followed from the abort has its reason
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    }
  }

  async end(): Promise<void> {
    this.#channel.end();
    const timer = setTimeout(() => {
      this.#channel.kill();
    }, GRACE_MS);
    await this.gone;
    clearTimeout(timer);
  }

  #give(): void {
    if (this.#order !== undefined) this.#channel.send({ type: "run", ...this.#order });
    this.#order = undefined;
  }

  #receive(report: WorkerReport): void {
    switch (report.type) {
      case "ready":
        this.#isReady = true;
        this.#give();
        return;
      case "log":
        this.#task?.context.log(report.line);
        return;
      case "done":
        this.#settle();
        return;
      case "failed":
        this.#settle(receiveError(report.error));
        return;
      case "unusable":
        this.#isGone = true; // of no use for another run
        this.#channel.kill();
        this.#settle(moduleError(`${this.#module.url} cannot be used: ${report.error.message}`));
    }
  }

  #settle(error?: Error): void {
    const task = this.#task;
    this.#task = undefined;
    if (error === undefined) task?.resolve();
    else task?.reject(error);
  }
}
