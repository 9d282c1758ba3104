// A runner for workers: writes where it runs, too.
import { writeFileSync } from "node:fs";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

export function decay({ n, dt }, { resultFile }) {
  const values = Array.from({ length: n }, (_, step) => Math.exp(-step * dt));
  writeFileSync(resultFile, JSON.stringify({ pid: process.pid, isMainThread, values }));
}
