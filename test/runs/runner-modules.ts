import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { RunnerModule } from "@runcache/runs";
import type { TempDir } from "../kit/temp-dir.js";

/** Only to end what hangs. */
export const LONG = { timeout: 120_000, interval: 50 };

/** A call of such a runner. */
export interface NotedRun {
  readonly n: number;
  readonly pid: number;
  readonly thread: number;
}

/** A module whose runner notes `n` and its process in `temp`, does what `body` says, and writes its params. */
export function makeModule(temp: TempDir, body: string): RunnerModule & { readonly module: string } {
  const module = temp.join("runner.mjs");
  writeFileSync(
    module,
    `import { appendFileSync, existsSync, writeFileSync } from "node:fs";
     import { threadId } from "node:worker_threads";
     const block = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     const file = (name) => ${JSON.stringify(temp.path)} + "/" + name;
     export default async (params, context) => {
       appendFileSync(file("ran"), params.n + " " + process.pid + " " + threadId + "\\n");
       ${body}
       writeFileSync(context.resultFile, JSON.stringify(params));
     };
     export const number = 7;`,
  );
  return { module };
}

/** What the runner noted, run by run. */
export function notedRuns(temp: TempDir): NotedRun[] {
  const file = temp.join("ran");
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
  return lines.map((line) => {
    const [n = NaN, pid = NaN, thread = NaN] = line.split(" ").map(Number);
    return { n, pid, thread };
  });
}

export const points = (count: number): { n: number }[] => Array.from({ length: count }, (_, n) => ({ n }));
