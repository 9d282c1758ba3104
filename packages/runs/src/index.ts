// types
export {
  COLUMN_KINDS,
  type Column,
  type ColumnFields,
  type ColumnKind,
  type Columns,
  type ColumnValue,
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
// indexes
export { RunIndexError, type RunIndexErrorCode } from "./indexes/run-index-error.js";
export { sqliteIndex } from "./indexes/sqlite.js";
