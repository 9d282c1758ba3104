import type { RawBuilder } from "kysely";
import type { ColumnKind } from "../types/column.js";
import type { SqlColumn } from "./sql-columns.js";

/** A piece of SQL. */
export type Sql<T = unknown> = RawBuilder<T>;

/** A value that lies in JSON: in a column, at a path. */
export interface JsonField {
  readonly column: SqlColumn;
  /** Keys of objects, in stored form; empty for the whole. */
  readonly path: readonly string[];
}

/**
 * What databases write differently. Each of the first four gives SQL's null where the value is absent or
 * of another type, so that comparisons with it are not true.
 */
export interface SqlDialect {
  jsonNumber(field: JsonField): Sql<number | null>;
  /** Ordered by its UTF-8 bytes. */
  jsonText(field: JsonField): Sql<string | null>;
  /** 0 or 1. */
  jsonBoolean(field: JsonField): Sql<number | null>;
  /** True where the value is an array or object that equals `json`, which is canonical and in stored form. */
  jsonEquals(field: JsonField, json: string): Sql<boolean>;
  /** `number`, `string`, `boolean`, `null`, `array` or `object`; SQL's null where the value is absent. */
  jsonType(field: JsonField): Sql<string | null>;
  /** Whether a column has a value, in a form for which the database uses the column's index. */
  isPresent(column: Sql, kind: Exclude<ColumnKind, "json">): Sql<boolean>;
  /** What {@link jsonNumber} is held against. */
  jsonOperand(value: number): Sql<number>;
  /** What a column of numbers is held against. */
  columnOperand(value: number, kind: ColumnKind): Sql<number>;
  /** Whether a text, which may be null, fits a pattern in stored form. */
  like(text: Sql<string | null>, pattern: string): Sql<boolean>;
}
