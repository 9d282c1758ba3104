import {
  BaseExecution,
  checkOptionNames,
  DataDir,
  type CacheableRunner,
  type Launcher,
  type Metadata,
} from "@runcache/core";
import { checkEnviron } from "./environ.js";
import { LocalBackend, type LocalSettings } from "./local-backend.js";
import { ProcessLauncher } from "./process-launcher.js";
import type { Toolchain } from "./toolchain.js";

/** Options of `LocalRunner`. */
export interface LocalRunnerOptions {
  /**
   * Host path under which each execution without an `outputDir` gets a directory.
   * @default `RUNCACHE_DATA_DIR`, else a private temporary directory
   */
  readonly dataDir?: string;
  /** The whole environment of tools; it enters the key. @default that of this process */
  readonly environ?: Readonly<Record<string, string | undefined>>;
  /** Files and text whose content enters the key as part of the tool: the loaded modules, say. */
  readonly toolchain?: Toolchain;
  /** Starts the command lines. @default processes of this machine */
  readonly launcher?: Launcher;
}

/**
 * Runs tools as plain processes, each in a directory of its own.
 * @example
 * ```ts
 * import { LocalRunner } from "@runcache/local";
 *
 * const execution = new LocalRunner().startExecution({ id: "sort-1", name: "sort", package: "demo" });
 * const names = execution.inputFile("names.txt");
 * const sorted = execution.outputFile("sorted.txt");
 * execution.run(["sort", "-o", "sorted.txt", names]);
 * console.log(sorted);
 * ```
 */
export class LocalRunner implements CacheableRunner {
  readonly #settings: LocalSettings;
  readonly #dataDir: DataDir;

  /** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_ENVIRON` */
  constructor(options: LocalRunnerOptions = {}) {
    checkOptionNames("LocalRunner", options, ["dataDir", "environ", "toolchain", "launcher"]);
    const { dataDir, environ, toolchain, launcher = new ProcessLauncher() } = options;
    this.#dataDir = new DataDir(dataDir);
    this.#settings = {
      launcher,
      environ: environ === undefined ? null : checkEnviron(environ),
      toolchain: toolchain ?? null,
    };
  }

  startExecution(metadata: Metadata): BaseExecution {
    return new BaseExecution(metadata, new LocalBackend(metadata, this.#settings), this.#dataDir);
  }
}
