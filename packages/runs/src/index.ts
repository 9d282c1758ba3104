// types
export { RECORD_FIELDS, type RunFields, type RunRecord } from "./types/record.js";
export {
  COLUMN_KINDS,
  type Column,
  type ColumnFields,
  type ColumnKind,
  type Columns,
  type ColumnValue,
  type NoColumns,
  type ParamsOf,
} from "./types/column.js";
export type { IndexContext, IndexFactory, IndexRow, IndexStamp, RunIndex } from "./types/run-index.js";
export {
  BUILT_IN_FIELDS,
  type BuiltInField,
  type FieldRef,
  type OrderTerm,
  type RunQuery,
  type Scalar,
  type Where,
} from "./types/where.js";
// params and columns
export { integer, json, real, text, type ColumnOptions } from "./columns.js";
export type { Params } from "./params.js";
// where
export { OPERATORS, parseOrder, parseSince, parseWhere, type WhereScope } from "./where-parse.js";
export { parseWhereText } from "./where-text.js";
export type { PlainValue } from "./where-value.js";
// indexes
export { matches } from "./indexes/match.js";
export { memoryIndex } from "./indexes/memory.js";
export { jsonlIndex } from "./indexes/jsonl.js";
export { RunIndexError, type RunIndexErrorCode } from "./indexes/run-index-error.js";
export { postgresIndex, type PostgresIndexOptions } from "./indexes/postgres.js";
export { sqliteIndex } from "./indexes/sqlite.js";
// store
export { expandGrid, randomGrid, zipGrid, type Grid, type RandomAxis } from "./grids.js";
export { parseAxisText } from "./grid-text.js";
export { openExistingStore, type ExistingStoreOptions } from "./existing-store.js";
export type { EntropicImportOptions, EntropicImportReport, SkippedRun } from "./entropic/import.js";
export { EXPORT_FORMATS, type ExportFormat, type ExportOptions } from "./export.js";
export type { ListOptions } from "./list.js";
export type { RunStoreOptions } from "./options.js";
export type { RunPlan } from "./plan.js";
export { progressPrinter, type ProgressPrinterOptions, type ProgressStream } from "./progress-printer.js";
export { REGISTER_MODES, type RegisterOptions } from "./register.js";
export { RunError } from "./run-error.js";
export { RunStore, type RunOptions } from "./store.js";
export type { ProgressEvent, ProgressListener } from "./sweep-progress.js";
export type { SweepOptions, SweepReport } from "./sweep.js";
export { toolRunner, type ToolFunction } from "./tool-runner.js";
export type { RunContext, RunFunction } from "./types/runner.js";
export { WORKER_KINDS, type RunnerModule, type WorkerKind } from "./workers/runner-module.js";
