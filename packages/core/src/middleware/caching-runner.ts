import { BaseExecution } from "../base/base-execution.js";
import { checkOptionNames } from "../key/option-names.js";
import { UsageError } from "../types/errors.js";
import type { BypassReason } from "../types/event.js";
import type { CacheableExecution, CacheableRunner, Execution, Metadata, Runner } from "../types/runner.js";
import { CachingExecution } from "./caching-execution.js";
import { ContextSource, type CacheOptions } from "./context-source.js";
import {
  execThrough,
  explainThrough,
  type ExecOptions,
  type ExecPlan,
  type ExecTool,
  type Explanation,
} from "./exec.js";
import type { ExecResult } from "./exec-result.js";
import type { Counters } from "./reporter.js";

/** Options of `CachingRunner`. */
export interface CachingRunnerOptions extends CacheOptions {
  /** The runner whose executions are cached. */
  readonly base: CacheableRunner;
}

/** How a call will be carried out. */
export type Opened =
  | { readonly kind: "cached"; readonly execution: CachingExecution }
  | { readonly kind: "bypass"; readonly execution: Execution; readonly reason: BypassReason };

/**
 * Runs each tool once: a call whose wrapper, image, environment, parameters and input contents were seen
 * before is served from the cache. Drop-in for the base runner.
 * @example
 * ```ts
 * import { CachingRunner } from "@runcache/core";
 * import { LocalRunner } from "@runcache/local";
 *
 * const runner = new CachingRunner({ base: new LocalRunner() });
 * const sorted = await runner.exec({ id: "sort-1", name: "sort" }, (io) => ["sort", "-o", io.output("sorted.txt"), io.input("names.txt")]);
 * console.log(sorted.status, sorted.output("sorted.txt"));
 * ```
 */
export class CachingRunner implements Runner {
  readonly #base: CacheableRunner;
  readonly #source: ContextSource;

  /** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_POLICY`, `ERR_RUNCACHE_BASE` */
  constructor(options: CachingRunnerOptions) {
    checkOptionNames("CachingRunner", options, ["base", "cacheDir", "policy", "onEvent"]);
    const base = options.base as Partial<CacheableRunner> | undefined;
    if (typeof base?.startExecution !== "function") {
      throw new UsageError(
        "ERR_RUNCACHE_BASE",
        "CachingRunner needs a base runner with a startExecution method: new CachingRunner({ base: new LocalRunner() })",
      );
    }
    this.#base = options.base;
    this.#source = new ContextSource(options);
  }

  /** Host path of the cache. */
  get cacheDir(): string {
    return this.#source.cacheDir;
  }

  /** How often each outcome happened so far. */
  get counters(): Counters {
    return this.#source.reporter.counters();
  }

  /**
   * Starts one call of a tool. What is not to be cached (a bypass, a dry run, an unusable cache root) is
   * the base's own execution.
   * @throws UsageError `ERR_RUNCACHE_BASE` where the base's executions have no `outputDir`;
   * `ERR_RUNCACHE_MODE`
   */
  startExecution(metadata: Metadata): Execution & Pick<CacheableExecution, "runAsync"> {
    return this.#open(metadata).execution;
  }

  /**
   * Runs one command line through the cache. The key covers the arguments as pieces and references to
   * inputs, so a call needs no wrapper. Never fails because of the cache.
   * @param plan registers inputs and outputs and returns the command line
   * @throws ToolError unless `okExitCodes` lists the exit code; InputError; UsageError (a misspelt option too); the signal's reason
   */
  async exec(tool: ExecTool, plan: ExecPlan, options: ExecOptions = {}): Promise<ExecResult> {
    return await execThrough((metadata) => this.#open(metadata), tool, plan, options);
  }

  /** What `exec` would do with the same arguments, and why. Runs nothing. */
  async explain(tool: ExecTool, plan: ExecPlan, options: ExecOptions = {}): Promise<Explanation> {
    return await explainThrough((metadata) => this.#open(metadata), tool, plan, options);
  }

  #open(metadata: Metadata): Opened {
    const tool = `${metadata.package}/${metadata.name}`;
    const asked = this.#source.bypassReason(tool);
    const execution = this.#base.startExecution(metadata);
    if (asked !== null) return this.#bypass(tool, asked, execution);
    if (this.#base.cacheable === false || ("cacheable" in execution && execution.cacheable === false)) {
      return this.#bypass(tool, "not-cacheable", execution);
    }
    if (!isWrappable(execution)) throw noOutputDir(this.#base);
    const context = this.#source.open();
    if (context === null) return this.#bypass(tool, "unusable-root", execution);
    return { kind: "cached", execution: new CachingExecution(context, execution, metadata) };
  }

  #bypass(tool: string, reason: BypassReason, execution: Execution): Opened {
    this.#source.reporter.emit({ type: "bypass", tool, reason });
    return { kind: "bypass", execution, reason };
  }
}

function isWrappable(execution: Execution): execution is CacheableExecution {
  // Ours have it, and make its name when they are asked for it.
  if (execution instanceof BaseExecution) return true;
  return "outputDir" in execution && typeof execution.outputDir === "string";
}

function noOutputDir(base: CacheableRunner): UsageError {
  return new UsageError(
    "ERR_RUNCACHE_BASE",
    `executions of ${base.constructor.name} have no 'outputDir', so their outputs cannot be brought into the cache: give them a settable outputDir, or use a runner of runcache`,
    { base: base.constructor.name },
  );
}
