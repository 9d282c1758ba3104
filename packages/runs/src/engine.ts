import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  canonicalText,
  openCache,
  RuncacheError,
  UsageError,
  type Cache,
  type ComputeCall,
  type ComputeContext,
  type ComputeResult,
  type JsonObject,
} from "@runcache/core";
import { columnValues } from "./columns.js";
import { IndexKeeper } from "./index-keeper.js";
import { resolveStoreOptions, type ResolvedStoreOptions, type RunStoreOptions } from "./options.js";
import { normaliseParams, paramsText, type Params } from "./params.js";
import { makeRecord } from "./record.js";
import { fileState, isCurrent, rowOfEntry, rowOfRun, TOOL_PACKAGE, type RunIdentity } from "./rows.js";
import { RunError, shortParams } from "./run-error.js";
import { readRunValue, type RunValue } from "./run-value.js";
import type { Columns } from "./types/column.js";
import type { RunFields } from "./types/record.js";
import type { IndexRow } from "./types/run-index.js";
import type { RunFunction } from "./types/runner.js";

/** A run that is asked for. */
export interface AskedRun extends RunIdentity {
  readonly params: Params;
  readonly call: ComputeCall;
}

/** How a run is made. */
export interface MakeOptions {
  readonly metadata?: object;
  readonly signal?: AbortSignal;
}

/** A run, and whether this call made it. */
export interface Made {
  readonly record: RunFields;
  readonly row: IndexRow;
  readonly isHit: boolean;
  readonly isStored: boolean;
}

/** What the methods of a store share: runs by their params, their entries and rows. */
export class Engine {
  readonly options: ResolvedStoreOptions;
  readonly cache: Cache;
  readonly index: IndexKeeper;

  constructor(options: RunStoreOptions<Columns>) {
    this.options = resolveStoreOptions(options);
    const { dir, durability, onEvent, columns, kinds, name, index } = this.options;
    this.cache = openCache(dir, {
      create: true,
      ...(durability === undefined ? {} : { policy: { durability } }),
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    this.index = new IndexKeeper({ cache: this.cache, factory: index, name, columns, kinds });
  }

  /** @throws UsageError on params that cannot be a key, or do not fit the columns */
  ask(given: unknown, replicate = 0): AskedRun {
    const { name, version, columns, floatDigits } = this.options;
    const params = normaliseParams(given, floatDigits);
    const call = {
      tool: { id: version, package: TOOL_PACKAGE, name },
      params,
      ...(replicate === 0 ? {} : { extra: { replicate } }),
    };
    const id = this.#keyOf(call);
    const values = columnValues(columns, params);
    let text: string | undefined;
    return {
      id,
      name,
      version,
      replicate,
      params,
      call,
      columns: values,
      get paramsText() {
        return (text ??= paramsText(params));
      },
    };
  }

  /** Finds the run, or makes it with `run`. Not indexed yet. @throws RunError; the signal's reason */
  async make(asked: AskedRun, run: RunFunction<never>, options: MakeOptions, refresh = false): Promise<Made> {
    const metadata = readMetadata(options.metadata);
    const fn = (context: ComputeContext): Promise<RunValue> => this.#call(asked, run, metadata, context);
    return await this.compute(asked, fn, { ...options, refresh });
  }

  /** The same, by a function that makes the value itself. */
  async compute(
    asked: AskedRun,
    fn: (context: ComputeContext) => Promise<RunValue>,
    { signal, refresh }: { readonly signal?: AbortSignal; readonly refresh: boolean },
  ): Promise<Made> {
    await this.index.ready();
    for (let again = refresh; ; again = true) {
      const result = await this.cache.compute(asked.call, fn, {
        ...(signal === undefined ? {} : { signal }),
        refresh: again,
        uncachedDir: () => join(tmpdir(), `runcache-${asked.id.slice(0, 16)}-${process.pid}`),
      });
      const row = rowOfResult(asked, result);
      if (row !== null) {
        const record = makeRecord(row, result.outputDir, this.options.kinds, asked.params);
        return { record, row, isHit: result.status === "hit", isStored: result.stored };
      }
      // A linked file that is gone, or another one: the run is made again, once.
      if (result.status !== "hit") {
        throw new RuncacheError("ERR_RUNCACHE_RESULT_GONE", `the result of the run ${asked.id} went away at once`, {
          id: asked.id,
        });
      }
    }
  }

  /** The row of a run that is there and sound, by the entry; null where there is none. */
  entryRow(id: string): IndexRow | null {
    const entry = this.cache.get(id);
    if (entry === null) return null;
    const row = rowOfEntry(entry, this.options.name, this.options.columns);
    if (row === null || !isWhole(entry.manifest.outputs, row)) return null;
    return row;
  }

  /** Whether what the row says still holds; marks the run as used. */
  confirm(row: IndexRow): boolean {
    return isCurrent(row, this.cache.placeOf(row.id)) && this.cache.touch(row.id);
  }

  record(row: IndexRow, params?: Params): RunFields {
    return makeRecord(row, this.cache.placeOf(row.id), this.options.kinds, params);
  }

  #keyOf(call: ComputeCall & { readonly params: Params }): string {
    try {
      return this.cache.keyOf(call);
    } catch (error) {
      // The key names the path in what it makes of the call: it is told as the caller knows it.
      paramsText(call.params);
      throw error;
    }
  }

  async #call(
    asked: AskedRun,
    run: RunFunction<never>,
    metadata: JsonObject,
    context: ComputeContext,
  ): Promise<RunValue> {
    const { outputDir, signal, log } = context;
    const { resultName, name } = this.options;
    const resultFile = `${outputDir}/${resultName}`;
    const start = performance.now();
    try {
      await run(asked.params as never, { resultFile, outputDir, signal, log });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new RunError(
        "ERR_RUNCACHE_RUN_FAILED",
        `a run of ${name} with ${shortParams(asked.paramsText)} failed: ${reason}`,
        asked.params,
        error,
      );
    }
    const elapsedSeconds = (performance.now() - start) / 1000;
    if (fileState(resultFile) === null && signal?.aborted !== true) {
      const others = readdirSync(outputDir).join(", ") || "nothing";
      throw new RunError(
        "ERR_RUNCACHE_NO_RESULT",
        `a run of ${name} with ${shortParams(asked.paramsText)} wrote no file ${resultName} (it wrote ${others}): write the result to context.resultFile, and await it`,
        asked.params,
      );
    }
    return { resultFile: resultName, createdAt: new Date().toISOString(), elapsedSeconds, metadata };
  }
}

/** Metadata as plain JSON. @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE`, `ERR_RUNCACHE_METADATA` */
export function readMetadata(metadata: object | null = {}): JsonObject {
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw new UsageError("ERR_RUNCACHE_METADATA", "metadata is no object; pass an object of names and values");
  }
  return JSON.parse(canonicalText(metadata, { root: "metadata" })) as JsonObject;
}

function rowOfResult(asked: AskedRun, result: ComputeResult<RunValue>): IndexRow | null {
  const value = readRunValue(result.value);
  return value === null ? null : rowOfRun(asked, value, result.outputDir);
}

/** Whether the result in the entry is what the manifest says. */
function isWhole(outputs: readonly { readonly kind: string; readonly path: string }[], row: IndexRow): boolean {
  if (row.resultFile.startsWith("/")) return true;
  const output = outputs.find(({ path }) => path === row.resultFile) as
    { readonly sizeBytes: number; readonly mtimeNs: string } | undefined;
  return output?.sizeBytes === row.resultSize && output.mtimeNs === row.resultMtimeNs;
}
