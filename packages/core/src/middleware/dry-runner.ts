import { checkArguments } from "../base/command-args.js";
import { parseOutputName } from "../entry/output-name.js";
import { UsageError } from "../types/errors.js";
import {
  inputOptions,
  type CacheableExecution,
  type CacheableRunner,
  type Execution,
  type InputOptions,
  type Metadata,
  type RunResult,
} from "../types/runner.js";

/** An input of a dry run, with the options it was registered with. */
export interface DryInput extends Required<InputOptions> {
  /** Path as it was given. */
  readonly path: string;
}

/** An output of a dry run. */
export interface DryOutput {
  /** Name relative to the output directory. */
  readonly name: string;
  readonly optional: boolean;
}

/** What would have run. */
export interface DryRun {
  readonly metadata: Metadata;
  readonly params: object;
  /** The command line. */
  readonly cargs: readonly string[];
  readonly inputs: readonly DryInput[];
  readonly outputs: readonly DryOutput[];
}

/**
 * Runs nothing: collects what would run. Inputs need not be there, since in a pipeline they are outputs
 * of steps that did not run either; paths are given back as they came. Never cached.
 * @example
 * ```ts
 * import { DryRunner } from "@runcache/core";
 *
 * const runner = new DryRunner();
 * const execution = runner.startExecution({ id: "sort-1", name: "sort", package: "demo" });
 * const names = execution.inputFile("names.txt");
 * execution.run(["sort", "-o", execution.outputFile("sorted.txt"), names]);
 * console.log(runner.runs[0]?.cargs.join(" "));
 * ```
 */
export class DryRunner implements CacheableRunner {
  readonly cacheable = false;
  readonly #runs: DryRun[] = [];

  /** What would have run so far, in order. */
  get runs(): readonly DryRun[] {
    return this.#runs;
  }

  startExecution(metadata: Metadata): Execution & Pick<CacheableExecution, "cacheable" | "runAsync"> {
    return new DryExecution(metadata, (run) => this.#runs.push(run));
  }
}

class DryExecution implements Execution {
  readonly cacheable = false;
  readonly #metadata: Metadata;
  readonly #record: (run: DryRun) => void;
  readonly #inputs: DryInput[] = [];
  readonly #outputs: DryOutput[] = [];
  #params: object = {};
  #recorded = false;

  constructor(metadata: Metadata, record: (run: DryRun) => void) {
    this.#metadata = metadata;
    this.#record = record;
  }

  inputFile(hostFile: string, resolveParent?: boolean | InputOptions, mutable?: boolean): string {
    this.#inputs.push({ path: hostFile, ...inputOptions(resolveParent, mutable) });
    return hostFile;
  }

  /** @throws UsageError `ERR_RUNCACHE_OUTPUT_NAME` */
  outputFile(localFile: string, optional = false): string {
    this.#outputs.push({ name: parseOutputName(localFile), optional });
    return localFile;
  }

  mutableCopy(hostFile: string): string {
    return hostFile;
  }

  params<T extends object>(params: T): T {
    this.#params = params;
    return params;
  }

  /** @throws UsageError `ERR_RUNCACHE_ORDER` the second time, `ERR_RUNCACHE_ARGUMENT` */
  run(cargs: string[]): void {
    if (this.#recorded) {
      throw new UsageError("ERR_RUNCACHE_ORDER", "run was called twice: start another execution for another run");
    }
    checkArguments(cargs);
    this.#recorded = true;
    this.#record({
      metadata: this.#metadata,
      params: this.#params,
      cargs: [...cargs],
      inputs: [...this.#inputs],
      outputs: [...this.#outputs],
    });
  }

  runAsync(cargs: string[]): Promise<RunResult> {
    return new Promise((resolve) => {
      this.run(cargs); // what it throws rejects
      resolve({ exitCode: 0, durationMs: 0 });
    });
  }
}
