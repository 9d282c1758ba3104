import { Worker } from "node:worker_threads";
import { warnOnce } from "../platform/warn-once.js";
import { HoldTable } from "./hold-table.js";
import {
  LOCK_ANSWERS,
  type Hold,
  type LockAnswer,
  type LockMessage,
  type LockReply,
  type LockRequest,
} from "./lock-messages.js";

/** A thread that does not answer within this time counts as failed; runs go on without locks. */
const ANSWER_TIMEOUT_MS = 30_000;
/** An answer that came while this thread was busy is delivered within one turn of its event loop. */
const GRACE_MS = 100;

let client: LockClient | undefined;

/** The client of this thread's lock worker; the worker starts here, at the first miss. */
export function lockClient(): LockClient {
  client ??= new LockClient();
  return client;
}

/** Asks the lock worker, blocking or not. Never throws: a lock saves work and carries no correctness. */
export class LockClient {
  readonly #worker: Worker | null;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, (answer: LockAnswer) => void>();
  readonly #tables: HoldTable[] = [];
  #failed = false;
  #lastId = 0;

  constructor(worker: Worker | null = startWorker(), timeoutMs = ANSWER_TIMEOUT_MS) {
    this.#worker = worker;
    this.#timeoutMs = timeoutMs;
    this.#worker?.on("message", ({ id, answer }: LockReply) => this.#settle(id, answer));
    this.#worker?.on("error", () => this.#giveUp());
    this.#worker?.on("exit", () => this.#giveUp());
    this.#worker?.unref();
  }

  /** Keeps young what a call holds, until what this returns is called. Wakes nobody: most calls end before the first touch. */
  hold(hold: Hold): () => void {
    const text = JSON.stringify(hold);
    for (const table of this.#tables) {
      const slot = table.put(text);
      if (slot !== null) return () => table.drop(slot);
    }
    const table = new HoldTable();
    const slot = table.put(text);
    if (slot === null) return () => undefined; // longer than any path
    this.#tables.push(table);
    this.#post({ id: 0, request: { op: "watch", table: table.buffer }, cell: null });
    return () => table.drop(slot);
  }

  /** The answer to `request`; the thread blocks until it is there. */
  askBlocking(request: LockRequest): LockAnswer {
    if (this.#worker === null || this.#failed) return "failed";
    const cell = new SharedArrayBuffer(4);
    const view = new Int32Array(cell);
    this.#post({ id: 0, request, cell });
    if (Atomics.wait(view, 0, 0, this.#timeoutMs) === "timed-out") this.#giveUp();
    const answer = LOCK_ANSWERS[Atomics.load(view, 0)];
    return answer === undefined || answer === "pending" ? "failed" : answer;
  }

  /** The answer to `request`. */
  ask(request: LockRequest): Promise<LockAnswer> {
    if (this.#worker === null || this.#failed) return Promise.resolve("failed");
    const id = ++this.#lastId;
    const answer = new Promise<LockAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#watch(id);
    if (this.#waiting.size === 1) this.#worker.ref(); // an awaited answer keeps the process alive
    this.#post({ id, request, cell: null });
    return answer;
  }

  #watch(id: number): void {
    const giveUp = (): void => {
      if (this.#waiting.has(id)) this.#giveUp();
    };
    setTimeout(() => setTimeout(giveUp, GRACE_MS).unref(), this.#timeoutMs).unref(); // the worker keeps the process alive
  }

  #post(message: LockMessage): void {
    if (!this.#failed) this.#worker?.postMessage(message);
  }

  #settle(id: number, answer: LockAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker?.unref();
  }

  /** What is stuck in a system call, on a file server that hangs say, ends when that returns. */
  #giveUp(): void {
    if (this.#failed) return;
    this.#failed = true;
    warnOnce(
      "RUNCACHE_LOCKS",
      "",
      "the thread that keeps runcache's locks does not answer: runs go on without locks, so equal calls of several processes may each run the tool",
    );
    void this.#worker?.terminate();
    for (const id of [...this.#waiting.keys()]) this.#settle(id, "failed");
  }
}

function startWorker(): Worker | null {
  const url = new URL("./lock-worker.js", import.meta.url);
  // Run from TypeScript source there is no such file; without locks everything stays right.
  if (import.meta.url.endsWith(".ts")) return null;
  try {
    // The options of the main thread (loaders, inspectors) are not for this one.
    return new Worker(url, { execArgv: [], name: "runcache-lock" });
  } catch {
    return null; // out of threads or memory
  }
}
