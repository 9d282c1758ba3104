import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkOptionNames, UsageError } from "@runcache/core";

/** A runner that workers import: a function cannot be sent to them. */
export interface RunnerModule {
  /** Host path (a relative one from the working directory) or `file:` URL of an ES module or a CommonJS one. */
  readonly module: string | URL;
  /** Name of the exported runner. @default "default" */
  readonly export?: string;
}

/** Where workers run: in threads of this process, or in processes of their own. */
export const WORKER_KINDS = ["threads", "processes"] as const;
export type WorkerKind = (typeof WORKER_KINDS)[number];

/** A runner module with everything decided. */
export interface ResolvedModule {
  /** `file:` URL. */
  readonly url: string;
  readonly exported: string;
}

const NAMES = { module: true, export: true } satisfies Record<keyof RunnerModule, true>;

/** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`; `ERR_RUNCACHE_RUNNER_MODULE` where it names no file */
export function resolveModule(runner: RunnerModule): ResolvedModule {
  checkOptionNames("the runner module", runner, Object.keys(NAMES));
  const { module, export: exported = "default" } = runner;
  if (typeof exported !== "string") throw moduleError("export is no text; give the name of the exported runner");
  if (typeof module !== "string" && !(module instanceof URL)) {
    throw moduleError("module is neither text nor URL; give the path of the runner's file");
  }
  const text = String(module);
  if (/^file:/i.test(text)) return { url: pathToFileURL(fileURLToPath(text)).href, exported };
  if (module instanceof URL) throw moduleError(`${text} is no file: URL`);
  return { url: pathToFileURL(resolve(text)).href, exported };
}

/** A module that workers cannot use: no run can be made with it. */
export function moduleError(message: string): UsageError {
  return new UsageError("ERR_RUNCACHE_RUNNER_MODULE", `runner module: ${message}`);
}
