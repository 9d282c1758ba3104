import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from "kysely";
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
  numberOperand: (number) => sql`${String(number)}::numeric`,
  like: (text, pattern) => sql`${text} like ${trailingEscapeDoubled(pattern)}`,
};

function typeOf(field: JsonField): Sql<string | null> {
  return sql`jsonb_typeof(${value(field)})`;
}

function textOf(field: JsonField): Sql<string> {
  return sql`(${value(field)} #>> '{}')`;
}

/** Decimal digits are an index in an array, else a key. Both operators give null where the other one fits. */
function value({ column, path }: JsonField): Sql {
  return path.reduce<Sql>((parent, step) => {
    const byKey = sql`${parent} -> ${step}::text`;
    if (!/^(?:0|[1-9][0-9]{0,8})$/.test(step)) return sql`(${byKey})`;
    return sql`coalesce(${parent} -> ${Number(step)}::integer, ${byKey})`;
  }, sql.ref(column.sql));
}
