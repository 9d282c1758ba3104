import { dirname, posix, resolve } from "node:path";
import { UsageError } from "../types/errors.js";
import {
  inputOptions,
  type CacheableExecution,
  type Execution,
  type InputOptions,
  type LineHandler,
  type RunOptions,
  type RunResult,
} from "../types/runner.js";

/** How a step ended: its tool ran, the cache had its result, or its tool failed. */
export type StepStatus = "ran" | "cached" | "failed";

/** What a step reads and writes: absolute host paths. */
export interface StepFiles {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** The directory that holds the outputs; null where no output was asked for. */
  readonly outputDir: string | null;
}

/** Told when a run begins; what it returns is told how the run ended. */
export type StepObserver = (files: StepFiles) => (status: StepStatus) => void;

/** What an execution may tell beyond the contract. */
type Observable = Execution & Pick<CacheableExecution, "runAsync"> & { readonly status?: "hit" | "miss" | undefined };

/** Hands every call on to another execution, and tells what goes in and out. */
export class GraphExecution implements Execution {
  readonly #base: Observable;
  readonly #observe: StepObserver;
  readonly #inputs = new Set<string>();
  readonly #outputs = new Set<string>();
  #outputDir: string | null = null;
  /** There where the base has it. */
  readonly runAsync?: (cargs: string[], options?: RunOptions) => Promise<RunResult>;

  constructor(base: Observable, observe: StepObserver) {
    this.#base = base;
    this.#observe = observe;
    const { runAsync } = base;
    if (runAsync !== undefined) {
      this.runAsync = (cargs, options) => this.#runAsync(() => runAsync.call(base, cargs, options));
    }
  }

  inputFile(hostFile: string, resolveParent?: boolean | InputOptions, mutable?: boolean): string {
    const options = inputOptions(resolveParent, mutable);
    const toolPath = this.#base.inputFile(hostFile, options.resolveParent, options.mutable);
    this.#inputs.add(resolve(hostFile));
    return toolPath;
  }

  outputFile(localFile: string, optional?: boolean): string {
    const path = this.#base.outputFile(localFile, optional);
    this.#outputs.add(resolve(path));
    const parts = posix
      .normalize(localFile)
      .split("/")
      .filter((part) => part !== "" && part !== ".");
    this.#outputDir = resolve(path, ...parts.map(() => ".."));
    return path;
  }

  /** @throws UsageError `ERR_RUNCACHE_NOT_MUTABLE` where the base knows no mutable inputs */
  mutableCopy(hostFile: string): string {
    const path = this.#base.mutableCopy?.(hostFile);
    if (path === undefined) {
      throw new UsageError(
        "ERR_RUNCACHE_NOT_MUTABLE",
        `${this.#base.constructor.name} makes no copies of mutable inputs: ask a runner that has mutableCopy`,
        { path: hostFile },
      );
    }
    this.#outputs.add(resolve(path));
    this.#outputDir ??= dirname(resolve(path));
    return path;
  }

  params<T extends object>(params: T): T {
    return this.#base.params(params);
  }

  run(cargs: string[], handleStdout?: LineHandler, handleStderr?: LineHandler): void {
    const ended = this.#begin();
    try {
      this.#base.run(cargs, handleStdout, handleStderr);
    } catch (error) {
      ended("failed");
      throw error;
    }
    ended(this.#base.status === "hit" ? "cached" : "ran");
  }

  async #runAsync(run: () => Promise<RunResult>): Promise<RunResult> {
    const ended = this.#begin();
    try {
      const result = await run();
      ended(result.status === "hit" ? "cached" : "ran");
      return result;
    } catch (error) {
      ended("failed");
      throw error;
    }
  }

  #begin(): (status: StepStatus) => void {
    return this.#observe({ inputs: [...this.#inputs], outputs: [...this.#outputs], outputDir: this.#outputDir });
  }
}
