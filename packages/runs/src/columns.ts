import { UsageError, type JsonValue } from "@runcache/core";
import { paramsText, readCanonical, type Params } from "./params.js";
import { shown } from "./shown.js";
import { COLUMN_KINDS, type Column, type ColumnKind, type Columns, type ColumnValue } from "./types/column.js";
import { RECORD_FIELDS } from "./types/record.js";

/** Options of a column. */
export interface ColumnOptions<O extends boolean = boolean> {
  /** Whether params may lack it. @default false */
  readonly optional?: O;
}

/** A column of whole numbers that a double holds exactly. */
export function integer(options?: ColumnOptions<false>): Column<number>;
export function integer(options: ColumnOptions<true>): Column<number | null>;
export function integer(options?: ColumnOptions): Column {
  return column("integer", options);
}

/** A column of finite numbers. */
export function real(options?: ColumnOptions<false>): Column<number>;
export function real(options: ColumnOptions<true>): Column<number | null>;
export function real(options?: ColumnOptions): Column {
  return column("real", options);
}

/** A column of text; `text<"euler" | "rk4">()` says which. */
export function text<T extends string = string>(options?: ColumnOptions<false>): Column<T>;
export function text<T extends string = string>(options: ColumnOptions<true>): Column<T | null>;
export function text(options?: ColumnOptions): Column {
  return column("text", options);
}

/** A column of anything that params can hold. */
export function json<T = JsonValue>(options?: ColumnOptions<false>): Column<T>;
export function json<T = JsonValue>(options: ColumnOptions<true>): Column<T | null>;
export function json(options?: ColumnOptions): Column {
  return column("json", options);
}

function column(kind: ColumnKind, { optional = false }: ColumnOptions = {}): Column {
  return Object.freeze({ kind, isOptional: optional });
}

/** Safe as a property, and as a name in SQL. */
const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,59}$/;

/**
 * The kinds of declared columns.
 * @throws UsageError `ERR_RUNCACHE_COLUMN_NAME` on a name that a record has already, or that SQL cannot have;
 * `ERR_RUNCACHE_COLUMN` on what is no column
 */
export function columnKinds(columns: Columns): Readonly<Record<string, ColumnKind>> {
  for (const name of Object.keys(columns)) {
    const isTaken = (RECORD_FIELDS as readonly string[]).includes(name);
    if (COLUMN_NAME.test(name) && !isTaken) continue;
    const fault = isTaken ? "every record has a field of that name" : "letters, digits and _ make a name";
    throw new UsageError("ERR_RUNCACHE_COLUMN_NAME", `a column cannot be called ${JSON.stringify(name)}: ${fault}`, {
      column: name,
    });
  }
  for (const [name, column] of Object.entries(columns as Readonly<Record<string, Partial<Column> | null>>)) {
    if (COLUMN_KINDS.some((kind) => kind === column?.kind)) continue;
    const message = `the store's column ${name} is ${shown(column)}; make columns with integer(), real(), text() or json()`;
    throw new UsageError("ERR_RUNCACHE_COLUMN", message, { column: name });
  }
  return Object.freeze(Object.fromEntries(Object.entries(columns).map(([name, { kind }]) => [name, kind])));
}

/**
 * What an index keeps of `params` in each column.
 * @throws UsageError `ERR_RUNCACHE_COLUMN` where params do not fit
 */
export function columnValues(columns: Columns, params: Params): Readonly<Record<string, ColumnValue>> {
  const values: Record<string, ColumnValue> = {};
  for (const name of Object.keys(columns)) {
    const { kind, isOptional } = columns[name] as Column;
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (value === undefined || (value === null && kind !== "json")) {
      if (!isOptional) throw misfit(name, kind, value === undefined ? "missing" : "null");
      values[name] = null;
    } else {
      values[name] = fitted(name, kind, value);
    }
  }
  return values;
}

/** The typed field that a record has for the value that an index keeps. */
export function columnField(kind: ColumnKind, value: ColumnValue): unknown {
  return kind === "json" && typeof value === "string" ? readCanonical(value) : value;
}

function fitted(name: string, kind: ColumnKind, value: unknown): ColumnValue {
  switch (kind) {
    case "integer":
      if (Number.isSafeInteger(value)) return value as number;
      break;
    case "real":
      if (Number.isFinite(value)) return value as number;
      break;
    case "text":
      if (typeof value === "string") return value;
      break;
    case "json":
      return paramsText(value, `params.${name}`);
  }
  throw misfit(name, kind, shown(value));
}

/** What a column of the kind holds, for people. */
export const HOLDS: Readonly<Record<ColumnKind, string>> = {
  integer: "whole numbers up to 2^53",
  real: "finite numbers",
  text: "text",
  json: "anything that params can hold",
};

function misfit(name: string, kind: ColumnKind, found: string): UsageError {
  return new UsageError(
    "ERR_RUNCACHE_COLUMN",
    `params.${name} is ${found}, but the store's column ${name} holds ${HOLDS[kind]}; pass that, or declare the column otherwise (${kind}({ optional: true }) may be absent)`,
    { column: name, kind },
  );
}
