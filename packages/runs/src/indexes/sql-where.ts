import { sql } from "kysely";
import type { FieldRef, Scalar, Where } from "../types/where.js";
import { encodeNul, encodeNulInJson } from "./nul-free.js";
import type { SqlColumn, SqlColumns } from "./sql-columns.js";
import type { JsonField, Sql, SqlDialect } from "./sql-dialect.js";

const TRUE = sql<boolean>`1 = 1`;
const FALSE = sql<boolean>`1 = 0`;
const COMPARISONS = { eq: sql`=`, gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;

/** Translates conditions and orders on the columns of a table. What they mean, `Where` says. */
export class SqlWhere {
  readonly #columns: SqlColumns;
  readonly #dialect: SqlDialect;

  constructor(columns: SqlColumns, dialect: SqlDialect) {
    this.#columns = columns;
    this.#dialect = dialect;
  }

  condition(where: Where): Sql<boolean> {
    switch (where.op) {
      case "and":
        return joined(
          where.terms.map((term) => this.condition(term)),
          sql` and `,
          TRUE,
        );
      case "or":
        return joined(
          where.terms.map((term) => this.condition(term)),
          sql` or `,
          FALSE,
        );
      case "in":
        return this.#in(where.field, where.values);
      case "like":
        return this.#like(where.field, where.pattern);
      case "exists":
        return where.exists
          ? sql`${this.#presence(where.field)} is not null`
          : sql`${this.#presence(where.field)} is null`;
      case "is-null":
        return this.#isNull(where.field);
      case "eq-json":
        return this.#equalsJson(where.field, where.json);
      default:
        return this.#compared(where.op, where.field, where.value);
    }
  }

  /** The terms of an `order by`: numbers, text, the rest; null and what is absent come last in either direction. */
  order(field: FieldRef, descending: boolean): Sql[] {
    const direction = descending ? sql`desc` : sql`asc`;
    const { column, path } = this.#locate(field);
    if (column.kind !== "json") return [sql`${sql.ref(column.sql)} ${direction} nulls last`];
    const at = { column, path };
    const type = this.#dialect.jsonType(at);
    const rest = sql`in ('boolean', 'array', 'object') then 2`;
    return [
      sql`case when ${type} = 'number' then 0 when ${type} = 'string' then 1 when ${type} ${rest} end nulls last`,
      sql`${this.#dialect.jsonNumber(at)} ${direction} nulls last`,
      sql`${this.#dialect.jsonText(at)} ${direction} nulls last`,
    ];
  }

  /** A declared column that an index of the table orders, and whether it has a value; null where it is none. */
  presence(field: FieldRef): { readonly value: Sql; readonly condition: Sql<boolean> } | null {
    if (field.kind !== "column" || field.columnKind === "json") return null;
    const value = sql.ref(this.#columns.ofDeclared(field.name));
    return { value, condition: this.#dialect.isPresent(value, field.columnKind) };
  }

  #compared(op: keyof typeof COMPARISONS, field: FieldRef, value: Scalar): Sql<boolean> {
    const found = this.#typed(field, typeof value);
    if (found === null) return FALSE;
    return sql`${found} ${COMPARISONS[op]} ${this.#operand(field, value)}`;
  }

  #in(field: FieldRef, values: readonly Scalar[]): Sql<boolean> {
    const terms = ["number", "string", "boolean"].flatMap((type) => {
      const found = this.#typed(field, type);
      const operands = values.filter((value) => typeof value === type).map((value) => this.#operand(field, value));
      return found === null || operands.length === 0 ? [] : [sql<boolean>`${found} in (${sql.join(operands)})`];
    });
    return joined(terms, sql` or `, FALSE);
  }

  /** The field as a value of that type; null where it never is one. */
  #typed(field: FieldRef, type: string): Sql | null {
    const { column, path } = this.#locate(field);
    const at = { column, path };
    switch (type) {
      case "number":
        if (column.kind === "json") return this.#dialect.jsonNumber(at);
        return column.kind === "text" ? null : sql.ref(column.sql);
      case "string":
        if (column.kind === "json") return this.#dialect.jsonText(at);
        return column.kind === "text" ? sql.ref(column.sql) : null;
      default:
        return column.kind === "json" ? this.#dialect.jsonBoolean(at) : null;
    }
  }

  #operand(field: FieldRef, value: Scalar): Sql {
    if (typeof value === "string") return sql`${encodeNul(value)}`;
    if (typeof value === "boolean") return sql`${value ? 1 : 0}`;
    const { kind } = this.#locate(field).column;
    return kind === "json" ? this.#dialect.jsonOperand(value) : this.#dialect.columnOperand(value, kind);
  }

  #like(field: FieldRef, pattern: string): Sql<boolean> {
    const text = this.#typed(field, "string");
    return text === null ? FALSE : this.#dialect.like(text as Sql<string | null>, encodeNul(pattern));
  }

  /** SQL's null where the field has no value. */
  #presence(field: FieldRef): Sql {
    const { column, path } = this.#locate(field);
    return path.length === 0 ? sql.ref(column.sql) : this.#dialect.jsonType({ column, path });
  }

  #isNull(field: FieldRef): Sql<boolean> {
    const { column, path } = this.#locate(field);
    const absent = sql<boolean>`${sql.ref(column.sql)} is null`;
    if (column.kind !== "json") return absent;
    const isNull = sql<boolean>`${this.#dialect.jsonType({ column, path })} = 'null'`;
    return path.length === 0 ? joined([absent, isNull], sql` or `, FALSE) : isNull;
  }

  #equalsJson(field: FieldRef, json: string): Sql<boolean> {
    const { column, path } = this.#locate(field);
    return column.kind === "json" ? this.#dialect.jsonEquals({ column, path }, encodeNulInJson(json)) : FALSE;
  }

  #locate(field: FieldRef): JsonField & { readonly column: SqlColumn } {
    const path = "path" in field ? field.path.map(encodeNul) : [];
    switch (field.kind) {
      case "built-in":
        return { column: this.#columns.ofBuiltIn(field.name), path };
      case "column":
        return { column: { sql: this.#columns.ofDeclared(field.name), kind: field.columnKind }, path };
      case "param":
        return { column: { sql: "params", kind: "json" }, path };
      case "metadata":
        return { column: { sql: "metadata", kind: "json" }, path };
    }
  }
}

/** As a balanced tree: SQLite refuses expressions that are more than 1000 deep. */
function joined(terms: readonly Sql<boolean>[], separator: Sql, ofNone: Sql<boolean>): Sql<boolean> {
  const [first] = terms;
  if (first === undefined) return ofNone;
  if (terms.length === 1) return first;
  const middle = terms.length >> 1;
  const half = (part: readonly Sql<boolean>[]) => joined(part, separator, ofNone);
  return sql`(${half(terms.slice(0, middle))}${separator}${half(terms.slice(middle))})`;
}
