import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { JsonField, Sql, SqlDialect } from "./sql-dialect.js";
import { bindable, LIKE_FUNCTION, REAL_FUNCTION } from "./sqlite-driver.js";

/** Compiles for SQLite; has no connection. */
export function sqliteBuilder(): Kysely<unknown> {
  return new Kysely({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

/** The table of runs: a file is one store's. */
export const sqliteTable: Sql = sql.table("runs");

/** JSON lies in text columns. */
export const sqliteDialect: SqlDialect = {
  jsonNumber: (field) => sql`case when ${type(field)} in ('integer', 'real') then ${value(field)} end`,
  jsonText: (field) => sql`case when ${type(field)} = 'text' then ${value(field)} end`,
  jsonBoolean: (field) => sql`case ${type(field)} when 'true' then 1 when 'false' then 0 end`,
  jsonEquals: (field, json) => sql`(${type(field)} in ('array', 'object') and ${value(field)} = ${json})`,
  jsonType: (field) =>
    sql`case ${type(field)} when 'integer' then 'number' when 'real' then 'number' when 'text' then 'string'
      when 'true' then 'boolean' when 'false' then 'boolean' else ${type(field)} end`,
  // "is not null" uses no index. Numbers come before text, and this one before all of them.
  isPresent: (column, kind) => sql`${column} >= ${kind === "text" ? sql`''` : sql`-9e999`}`,
  // SQLite does not read every decimal as JavaScript does; this way both sides are read alike.
  jsonOperand: (number) => sql`json_extract(${JSON.stringify(number)}, '$')`,
  columnOperand: (number) => {
    const bound = bindable(number);
    return typeof bound === "number" ? sql`${bound}` : sql`${sql.raw(REAL_FUNCTION)}(${bound})`;
  },
  like: (text, pattern) => sql`${sql.raw(LIKE_FUNCTION)}(${text}, ${pattern}) = 1`,
};

function type(field: JsonField): Sql {
  return sql`json_type(${sql.ref(field.column.sql)}, ${jsonPath(field)})`;
}

function value(field: JsonField): Sql {
  return sql`json_extract(${sql.ref(field.column.sql)}, ${jsonPath(field)})`;
}

/** Through objects only: `."0"` is no element of an array. Labels are escaped as in JSON. */
function jsonPath({ path }: JsonField): string {
  return `$${path.map((key) => `.${JSON.stringify(key)}`).join("")}`;
}
