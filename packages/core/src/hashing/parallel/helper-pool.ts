import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { debugLog } from "../../platform/debug.js";
import type { HelperMessage, HelperTask } from "./helper-messages.js";

/** Starting a helper takes 30 to 70 ms of another core; less work than this is done sooner without. */
export const WORTH_A_START_MS = 100;
/** Asking a helper that is there costs next to nothing. */
export const WORTH_ASKING_MS = 8;

/** Helpers without work end after this time. */
const IDLE_MS = 20_000;

let pool: HelperPool | undefined;

/** The helper threads of this thread. */
export function helperPool(): HelperPool {
  pool ??= new HelperPool(availableParallelism() - 1);
  return pool;
}

/** Threads that help with hashing: the caller works too, so there are as many as there are other cores. */
export class HelperPool {
  readonly #helpers = new Set<Helper>();
  #limit: number;

  constructor(limit: number) {
    // Run from TypeScript source there is no such file; the caller then works alone.
    this.#limit = existsSync(WORKER_PATH) ? limit : 0;
  }

  /** How many helpers there may be; those that are there already stay. */
  set limit(limit: number) {
    this.#limit = limit;
  }

  /** Work that takes the caller longer than this is worth sharing; Infinity where nobody can help. */
  get worthMs(): number {
    if ([...this.#helpers].some((helper) => helper.isIdle)) return WORTH_ASKING_MS;
    return this.#helpers.size < this.#limit ? WORTH_A_START_MS : Infinity;
  }

  /** Gives `task` to up to `count` helpers, and returns them: none where all are busy or none can be started. */
  enlist(task: HelperTask, count: number): readonly Helper[] {
    const enlisted = [...this.#helpers].filter((helper) => helper.isIdle).slice(0, count);
    while (enlisted.length < count && this.#helpers.size < this.#limit) {
      const helper = this.#start();
      if (helper === null) break;
      enlisted.push(helper);
    }
    for (const helper of enlisted) helper.give(task);
    return enlisted;
  }

  #start(): Helper | null {
    try {
      const helper = new Helper((reason) => {
        this.#helpers.delete(helper);
        if (reason !== null) this.#limit = 0; // what ended one will end the next
      });
      this.#helpers.add(helper);
      return helper;
    } catch (error) {
      debugLog("hash", "no helper thread: %s", error);
      this.#limit = 0;
      return null;
    }
  }
}

const WORKER_URL = new URL("./helper-worker.js", import.meta.url);
const WORKER_PATH = fileURLToPath(WORKER_URL);

/** One helper thread. It never keeps the process alive, unless somebody waits for it. */
export class Helper {
  readonly #worker: Worker;
  readonly #load = new Int32Array(new SharedArrayBuffer(4));
  readonly #waiting = new Map<number, () => void>();
  readonly #timer: NodeJS.Timeout;
  #lastId = 0;
  #ended = false;

  /** @param onEnd told why the thread ended, or null where it was idle */
  constructor(onEnd: (reason: unknown) => void) {
    this.#worker = new Worker(WORKER_URL, { execArgv: [], name: "runcache-hash" });
    this.#worker.unref();
    this.#timer = setTimeout(() => this.#endIfIdle(), IDLE_MS).unref();
    let reason: unknown = null;
    this.#worker.on("message", (id: number) => this.#settle(id));
    this.#worker.on("error", (error) => (reason = error));
    this.#worker.on("exit", () => {
      this.#ended = true;
      clearTimeout(this.#timer);
      for (const id of [...this.#waiting.keys()]) this.#settle(id);
      onEnd(reason);
    });
  }

  /** Whether it has no task. Shared memory says so even while the caller's event loop is blocked. */
  get isIdle(): boolean {
    return Atomics.load(this.#load, 0) === 0;
  }

  give(task: HelperTask): void {
    Atomics.add(this.#load, 0, 1);
    this.#timer.refresh();
    const message: HelperMessage = { id: ++this.#lastId, task, load: this.#load.buffer };
    this.#worker.postMessage(message);
  }

  /** Resolves when the task that was given last is done, or the thread has ended. */
  async finished(): Promise<void> {
    if (this.#ended || this.isIdle) return;
    this.#worker.ref();
    await new Promise<void>((resolve) => this.#waiting.set(this.#lastId, resolve));
  }

  #settle(id: number): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
  }

  #endIfIdle(): void {
    if (this.isIdle) void this.#worker.terminate();
    else this.#timer.refresh();
  }
}
