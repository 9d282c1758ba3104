import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from "kysely";
import type { ColumnKind } from "../types/column.js";
import { trailingEscapeDoubled } from "./like-pattern.js";
import type { JsonField, Sql, SqlDialect } from "./sql-dialect.js";

/** Compiles for PostgreSQL; has no connection. */
export function postgresBuilder(): Kysely<unknown> {
  return new Kysely({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
}

/** A table in a schema. */
export function postgresTable(schema: string, table: string): Sql {
  return sql.id(schema, table);
}

/** JSON lies in jsonb columns. `case` keeps casts from values that they do not fit: `and` has no order. */
export const postgresDialect: SqlDialect = {
  jsonNumber: (field) => sql`case ${typeOf(field)} when 'number' then ${textOf(field)}::numeric end`,
  jsonText: (field) => sql`case ${typeOf(field)} when 'string' then ${textOf(field)} end collate "C"`,
  jsonBoolean: (field) => sql`case ${typeOf(field)} when 'boolean' then (${textOf(field)} = 'true')::integer end`,
  jsonEquals: (field, json) => sql`(${typeOf(field)} in ('array', 'object') and ${value(field)} = ${json}::jsonb)`,
  jsonType: typeOf,
  isPresent: (column) => sql`${column} is not null`,
  jsonOperand: (number) => sql`${String(number)}::numeric`,
  columnOperand: (number, kind) => sql`${String(number)}::${sql.raw(operandType(number, kind))}`,
  like: (text, pattern) => sql`${text} like ${trailingEscapeDoubled(pattern)}`,
};

/** The column's own type, for which its index serves, where the number fits that. */
function operandType(number: number, kind: ColumnKind): string {
  if (kind === "real") return "double precision";
  return Number.isSafeInteger(number) ? "bigint" : "numeric";
}

function typeOf(field: JsonField): Sql<string | null> {
  return sql`jsonb_typeof(${value(field)})`;
}

function textOf(field: JsonField): Sql<string> {
  return sql`(${value(field)} #>> '{}')`;
}

/** Through objects only: given a text, the operator looks for no element of an array. */
function value({ column, path }: JsonField): Sql {
  return path.reduce<Sql>((parent, key) => sql`(${parent} -> ${key}::text)`, sql.ref(column.sql));
}
