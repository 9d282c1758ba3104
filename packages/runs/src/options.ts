import { checkOptionNames, UsageError, type CachePolicy, type EventListener } from "@runcache/core";
import { columnKinds } from "./columns.js";
import { sqliteIndex } from "./indexes/sqlite.js";
import { checkFloatDigits } from "./params.js";
import type { ColumnKind, Columns } from "./types/column.js";
import type { IndexFactory } from "./types/run-index.js";

/** Options of a run store. */
export interface RunStoreOptions<C extends Columns> {
  /** Host path of the store: a cache directory, made where it is missing. */
  readonly dir: string;
  /** Two names never share runs. Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** Of the simulation: bump it when the function changes, which is not hashed. @default "1" */
  readonly version?: string;
  /** @default SQLite, in `dir` */
  readonly index?: IndexFactory;
  /** Parameters with a typed field and an indexed column. @default {} */
  readonly columns?: C;
  /** End of the result's name, with its dot. @default ".dat" */
  readonly fileSuffix?: string;
  /** Significant digits that floats of params keep. @default 12 */
  readonly floatDigits?: number;
  /** What is flushed to disk before a run is recorded. @default "safe" */
  readonly durability?: NonNullable<CachePolicy["durability"]>;
  /** Receives every outcome. */
  readonly onEvent?: EventListener;
}

/** Options with every one decided. */
export interface ResolvedStoreOptions {
  readonly dir: string;
  readonly name: string;
  readonly version: string;
  readonly index: IndexFactory;
  readonly columns: Columns;
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  readonly resultName: string;
  readonly floatDigits: number;
  readonly durability: CachePolicy["durability"];
  readonly onEvent: EventListener | undefined;
}

const OPTIONS = {
  dir: true,
  name: true,
  version: true,
  index: true,
  columns: true,
  fileSuffix: true,
  floatDigits: true,
  durability: true,
  onEvent: true,
} satisfies Record<keyof RunStoreOptions<Columns>, true>;

const STORE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const SUFFIX = /^(?:\.[A-Za-z0-9_-]+)*$/;

/** @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`, `ERR_RUNCACHE_STORE_OPTION`, and those of columns and digits */
export function resolveStoreOptions(options: RunStoreOptions<Columns>): ResolvedStoreOptions {
  if (typeof (options as unknown) !== "object" || (options as unknown) === null)
    throw optionError("options", "give at least { dir, name }");
  checkOptionNames("RunStore", options, Object.keys(OPTIONS));
  const { columns = {}, fileSuffix = ".dat", name, dir, version = "1" } = options;
  if (typeof dir !== "string" || dir === "") throw optionError("dir", "give the host path of a directory");
  if (typeof (name as unknown) !== "string" || !STORE_NAME.test(name))
    throw optionError("name", "letters, digits, '.', '_' and '-' make a name");
  if (typeof version !== "string" || version === "") throw optionError("version", "give a text that is not empty");
  if (!SUFFIX.test(fileSuffix)) throw optionError("fileSuffix", "give an ending with its dot: .h5");
  const index = options.index ?? sqliteIndex;
  if (typeof (index as unknown) !== "function")
    throw optionError("index", "give a factory, as sqliteIndex or postgresIndex({…}) are");
  return Object.freeze({
    dir,
    name,
    version,
    index,
    columns,
    kinds: columnKinds(columns),
    resultName: `result${fileSuffix}`,
    floatDigits: checkFloatDigits(options.floatDigits ?? 12),
    durability: options.durability,
    onEvent: options.onEvent,
  });
}

function optionError(option: string, hint: string): UsageError {
  return new UsageError("ERR_RUNCACHE_STORE_OPTION", `RunStore cannot have this ${option}: ${hint}`, { option });
}
