import type { ColumnKind, ColumnValue } from "../types/column.js";
import type { IndexContext, IndexRow } from "../types/run-index.js";
import type { BuiltInField } from "../types/where.js";
import { decodeNul, decodeNulInJson, encodeNul, encodeNulInJson } from "./nul-free.js";
import { sqlName } from "./sql-names.js";

/** What a database keeps of a row: in the order of {@link SqlColumns.names}. */
export type SqlValue = string | number | null;

/** A field of every row, and its column. */
const BUILT_IN = [
  ["id", "id", "text"],
  ["name", "name", "text"],
  ["version", "version", "text"],
  ["replicate", "replicate", "integer"],
  ["params", "params", "json"],
  ["resultFile", "result_file", "text"],
  ["resultSize", "result_size", "integer"],
  ["resultMtimeNs", "result_mtime_ns", "text"],
  ["createdAt", "created_at", "text"],
  ["elapsedSeconds", "elapsed_seconds", "real"],
  ["metadata", "metadata", "json"],
] as const satisfies readonly (readonly [keyof IndexRow, string, ColumnKind])[];

/** Names that PostgreSQL's own columns have. */
const SYSTEM = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
const RESERVED: ReadonlySet<string> = new Set([...BUILT_IN.map(([, sql]) => sql), ...SYSTEM]);

/** A column of the table. */
export interface SqlColumn {
  readonly sql: string;
  readonly kind: ColumnKind;
}

/** How the rows of a store lie in a table: the columns of every store, then the declared ones. */
export class SqlColumns {
  readonly all: readonly SqlColumn[];
  /** The declared ones only: each has an index. */
  readonly declared: readonly SqlColumn[];
  readonly #declaredNames: readonly string[];
  readonly #sqlOf: ReadonlyMap<string, string>;

  constructor(columns: IndexContext["columns"]) {
    const declared = Object.entries(columns).map(([name, kind]) => ({ name, sql: sqlName(name, RESERVED), kind }));
    this.#declaredNames = declared.map(({ name }) => name);
    this.#sqlOf = new Map(declared.map(({ name, sql }) => [name, sql]));
    this.declared = declared.map(({ sql, kind }) => ({ sql, kind }));
    this.all = [...BUILT_IN.map(([, sql, kind]) => ({ sql, kind })), ...this.declared];
  }

  /** The names of all, in order. */
  get names(): string[] {
    return this.all.map(({ sql }) => sql);
  }

  ofBuiltIn(field: BuiltInField): SqlColumn {
    const found = BUILT_IN.find(([name]) => name === field);
    if (found === undefined) throw new Error(`Internal error: no field ${field}`);
    return { sql: found[1], kind: found[2] };
  }

  /** The SQL name of a declared column. */
  ofDeclared(name: string): string {
    const sql = this.#sqlOf.get(name);
    if (sql === undefined) throw new Error(`Internal error: the index was made without a column ${name}`);
    return sql;
  }

  /** The values of a row. */
  encode(row: IndexRow): SqlValue[] {
    const builtIn = BUILT_IN.map(([name, , kind]) => encodeValue(row[name], kind));
    const declared = this.declared.map(({ kind }, at) =>
      encodeValue(row.columns[this.#declaredNames[at] ?? ""] ?? null, kind),
    );
    return [...builtIn, ...declared];
  }

  /** The row that was encoded. */
  decode(values: readonly unknown[]): IndexRow {
    const row: Record<string, ColumnValue> = {};
    BUILT_IN.forEach(([name, , kind], at) => {
      row[name] = decodeValue(values[at], kind);
    });
    const columns = this.declared.map(({ kind }, at): [string, ColumnValue] => [
      this.#declaredNames[at] ?? "",
      decodeValue(values[BUILT_IN.length + at], kind),
    ]);
    return { ...row, columns: Object.fromEntries(columns) } as unknown as IndexRow;
  }
}

function encodeValue(value: ColumnValue, kind: ColumnKind): SqlValue {
  if (typeof value !== "string") return value;
  return kind === "json" ? encodeNulInJson(value) : encodeNul(value);
}

function decodeValue(value: unknown, kind: ColumnKind): ColumnValue {
  if (value === null || value === undefined) return null;
  if (kind === "integer" || kind === "real") return Number(value);
  if (typeof value !== "string") throw new TypeError(`Internal error: ${typeof value} in a column of ${kind}`);
  return kind === "json" ? decodeNulInJson(value) : decodeNul(value);
}
