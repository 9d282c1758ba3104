import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { readCanonical } from "../params.js";
import type { RunFunction } from "../types/runner.js";
import { sendError, type WorkerOrder, type WorkerReport, type WorkerStart } from "./messages.js";

// The program of a worker: in a thread, or in a process of its own.

let report: (message: WorkerReport) => void;
let controller = new AbortController();

if (isMainThread) {
  report = (message) => void process.send?.(message);
  // The sweep decides what ends a run: a Ctrl-C goes to the whole group of processes.
  process.on("SIGINT", () => undefined);
  process.once("disconnect", () => process.exit());
  endWithParent();
  process.once("message", (start: WorkerStart) => {
    void serve(start, (listener) => process.on("message", listener));
  });
} else {
  const port = parentPort as NonNullable<typeof parentPort>;
  report = (message) => {
    port.postMessage(message);
  };
  void serve(workerData as WorkerStart, (listener) => port.on("message", listener));
}

async function serve(start: WorkerStart, listen: (listener: (order: WorkerOrder) => void) => void): Promise<void> {
  let runner: RunFunction<unknown>;
  try {
    runner = await importRunner(start);
  } catch (error) {
    report({ type: "unusable", error: sendError(error) });
    return;
  }
  listen((order) => {
    if (order.type === "abort") controller.abort(new DOMException(order.reason, "AbortError"));
    else void run(runner, order);
  });
  report({ type: "ready" });
}

async function run(
  runner: RunFunction<unknown>,
  { params, resultFile, outputDir }: WorkerOrder & { readonly type: "run" },
): Promise<void> {
  controller = new AbortController();
  try {
    const log = (line: string): void => {
      report({ type: "log", line });
    };
    await runner(readCanonical(params), { resultFile, outputDir, signal: controller.signal, log });
    report({ type: "done" });
  } catch (error) {
    report({ type: "failed", error: sendError(error) });
  }
}

async function importRunner({ url, exported }: WorkerStart): Promise<RunFunction<unknown>> {
  const module = (await import(url)) as Record<string, unknown>;
  const runner = module[exported];
  if (typeof runner === "function") return runner as RunFunction<unknown>;
  const names = Object.keys(module).filter((name) => typeof module[name] === "function");
  throw new Error(`it exports no function ${exported}; it has ${names.join(", ") || "none"}`);
}

/**
 * A runner that computes without a pause cannot hear that the sweep was killed: a thread of its own sees that
 * the parent is another one then, and ends the process.
 */
function endWithParent(): void {
  const program = `const parent = ${process.ppid};
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 500);`;
  new Worker(program, { eval: true, execArgv: [], stdout: false }).unref();
}
