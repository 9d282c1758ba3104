import { resolve } from "node:path";
import { runBlocking } from "../platform/flow.js";
import { checkParams } from "../key/check-params.js";
import { checkOptionNames } from "../key/option-names.js";
import type { CacheKey } from "../types/brand.js";
import { UsageError } from "../types/errors.js";
import type { BypassReason, MissReason } from "../types/event.js";
import { CachingExecution } from "./caching-execution.js";
import type { Opened } from "./caching-runner.js";
import type { ContextSource } from "./context-source.js";
import { execThrough, metadataOf, type ExecIo, type ExecTool } from "./exec.js";
import { keyOfCall } from "./seal.js";
import type { NotStored } from "./serve.js";
import { FunctionExecution, type FunctionCall } from "./function-execution.js";

/** What a computation is, for the key. The function itself is not hashed: `tool.id` is its version. */
export interface ComputeCall {
  readonly tool: ExecTool;
  /** @default {} */
  readonly params?: object;
  /** Name → host path of a file or directory. @default {} */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Enters the key too: the number of a replicate, say. @default nothing */
  readonly extra?: unknown;
}

/** What a computation is given: `outputDir` takes whatever it writes, and becomes the entry. */
export interface ComputeContext extends FunctionCall {
  /**
   * Host path of an input.
   * @throws UsageError `ERR_RUNCACHE_INPUT_NAME` where none has that name
   */
  readonly input: (name: string) => string;
}

/** Writes files into `outputDir`, returns JSON, or both. */
export type ComputeFunction<T> = (context: ComputeContext) => T | Promise<T>;

export interface ComputeOptions {
  readonly signal?: AbortSignal;
  /** Run in any case, and replace the entry. @default false */
  readonly refresh?: boolean;
  /** Says where the outputs of a call go that cannot be cached. Host path; made where it is missing. */
  readonly uncachedDir?: () => string;
}

const CALL = { tool: true, params: true, inputs: true, extra: true } satisfies Record<keyof ComputeCall, true>;

const OPTIONS = { signal: true, refresh: true, uncachedDir: true } satisfies Record<keyof ComputeOptions, true>;

/** What `compute` resolves to. */
export interface ComputeResult<T> {
  readonly status: "hit" | "miss" | "bypass";
  /** What the function returned, as JSON keeps it; undefined where it returned nothing. */
  readonly value: T;
  readonly key: CacheKey | null;
  readonly missReason: MissReason | BypassReason | null;
  readonly explanation: string | null;
  /** Host path of the directory that holds the outputs. */
  readonly outputDir: string;
  readonly durationMs: number;
  readonly savedMs: number;
  readonly stored: boolean;
  readonly notStored: NotStored | null;
  /** What the function logged. */
  readonly log: () => string;
  /** Host path of the output `name`. */
  readonly output: (name: string) => string;
}

/**
 * Calls `fn` through the cache: the same key, staging, commit, single flight, explanation and events as
 * for a process.
 * @throws what `fn` throws; UsageError `ERR_RUNCACHE_NOT_ENCODABLE` where its result is not JSON,
 * `ERR_RUNCACHE_UNKNOWN_OPTION`
 */
export async function computeThrough<T>(
  source: ContextSource,
  call: ComputeCall,
  fn: ComputeFunction<T>,
  options: ComputeOptions,
): Promise<ComputeResult<T>> {
  checkOptionNames("compute", call, Object.keys(CALL));
  checkOptionNames("compute", options, Object.keys(OPTIONS));
  const { signal, refresh = false, uncachedDir } = options;
  const { tool, inputs = {} } = call;
  const input = (name: string): string => {
    const path = Object.hasOwn(inputs, name) ? inputs[name] : undefined;
    if (path !== undefined) return path;
    const names = inputNames(call).join(", ") || "none";
    throw new UsageError(
      "ERR_RUNCACHE_INPUT_NAME",
      `the computation ${tool.name} has no input ${JSON.stringify(name)}; it has ${names}`,
      { name },
    );
  };
  const plan = (io: ExecIo): string[] => {
    for (const name of inputNames(call)) io.input(input(name));
    return [];
  };
  const execution = new FunctionExecution((context) => fn({ ...context, input }), uncachedDir);
  const result = await execThrough(
    (metadata): Opened => {
      const label = `${metadata.package}/${metadata.name}`;
      const asked = source.bypassReason(label, { refresh });
      const context = asked === null ? source.open({ refresh }) : null;
      if (context !== null) return { kind: "cached", execution: new CachingExecution(context, execution, metadata) };
      const reason = asked ?? "unusable-root";
      source.reporter.emit({ type: "bypass", tool: label, reason });
      return { kind: "bypass", execution, reason };
    },
    toolOf(call),
    plan,
    {
      params: paramsOf(call),
      ...(signal === undefined ? {} : { signal }),
    },
  );
  const text = result.stdout();
  return {
    status: result.status,
    value: (text === "" ? undefined : JSON.parse(text)) as T,
    key: result.key,
    missReason: result.missReason,
    get explanation() {
      return result.explanation;
    },
    outputDir: result.outputDir,
    durationMs: result.durationMs,
    savedMs: result.savedMs,
    stored: result.stored,
    notStored: result.notStored,
    log: () => result.stderr(),
    output: (name) => result.output(name),
  };
}

/**
 * The key that the computation has; nothing is looked up.
 * @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE`, `ERR_RUNCACHE_UNKNOWN_OPTION`; InputError
 */
export function keyOfComputation({ keyContext }: ContextSource, call: ComputeCall): CacheKey {
  checkOptionNames("keyOf", call, Object.keys(CALL));
  const metadata = metadataOf(toolOf(call));
  const base = new FunctionExecution(() => undefined);
  const inputs = inputNames(call).map((name) => {
    const given = call.inputs?.[name] ?? "";
    const toolPath = base.inputFile(given);
    return { given, hostPath: resolve(given), toolPath, resolveParent: false, mutable: false };
  });
  const label = `${metadata.package}/${metadata.name}`;
  const params = { argv: [], params: keyContext.policy.withoutIgnoredParams(label, paramsOf(call)) };
  return runBlocking(keyOfCall(keyContext, { base, metadata, inputs, params })).key;
}

function toolOf({ tool }: ComputeCall): ExecTool {
  return { package: "function", ...tool };
}

function paramsOf({ params = {}, inputs = {}, extra }: ComputeCall): object {
  checkParams(params);
  return { params, inputs, ...(extra === undefined ? {} : { extra }) };
}

/** In the order in which they are registered. */
function inputNames({ inputs = {} }: ComputeCall): readonly string[] {
  return Object.keys(inputs).sort();
}
