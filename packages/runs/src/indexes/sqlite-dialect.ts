import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from "kysely";
import type { JsonField, Sql, SqlDialect } from "./sql-dialect.js";
import { LIKE_FUNCTION } from "./sqlite-driver.js";

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
  numberOperand: (number) => sql`json_extract(${JSON.stringify(number)}, '$')`,
  like: (text, pattern) => sql`${sql.raw(LIKE_FUNCTION)}(${text}, ${pattern}) = 1`,
};

function type(field: JsonField): Sql {
  return sql`json_type(${sql.ref(field.column.sql)}, ${jsonPath(field)})`;
}

function value(field: JsonField): Sql {
  return sql`json_extract(${sql.ref(field.column.sql)}, ${jsonPath(field)})`;
}

/** Decimal digits are an index in an array, else a key: which of both, each row tells. */
function jsonPath({ column, path }: JsonField): Sql {
  let sure = "$";
  let asked: Sql | null = null;
  for (const step of path) {
    const asKey = `.${JSON.stringify(step)}`;
    if (/^(?:0|[1-9][0-9]*)$/.test(step)) {
      const before: Sql = asked === null ? sql`${sure}` : sql`${asked} || ${sure}`;
      const isArray = sql`json_type(${sql.ref(column.sql)}, ${before}) = 'array'`;
      asked = sql`(${before} || case when ${isArray} then ${`[${step}]`} else ${asKey} end)`;
      sure = "";
    } else {
      sure += asKey;
    }
  }
  return asked === null ? sql`${sure}` : sql`(${asked} || ${sure})`;
}
