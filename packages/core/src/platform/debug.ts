import { createRequire } from "node:module";

type Log = (format: string, ...values: unknown[]) => void;

let debug: ((namespace: string) => Log) | undefined;
const logs = new Map<string, Log>();

/**
 * Writes one line to the `debug` namespace `runcache:<topic>`. The library is loaded at the first line
 * while `DEBUG` is set, so that nobody else pays for it.
 */
export function debugLog(topic: string, format: string, ...values: unknown[]): void {
  if (process.env["DEBUG"] === undefined) return;
  let log = logs.get(topic);
  if (log === undefined) {
    debug ??= createRequire(import.meta.url)("debug") as (namespace: string) => Log;
    log = debug(`runcache:${topic}`);
    logs.set(topic, log);
  }
  log(format, ...values);
}
