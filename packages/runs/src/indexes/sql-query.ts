import { sql, type CompiledQuery, type Kysely } from "kysely";
import type { RunQuery, Where } from "../types/where.js";
import type { SqlColumns } from "./sql-columns.js";
import type { Sql, SqlDialect } from "./sql-dialect.js";
import { SqlWhere } from "./sql-where.js";

/** SQL has no "all but the first n". */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** Builds the questions to a table of runs; `builder` only compiles. */
export class SqlQueries {
  readonly #columns: SqlColumns;
  readonly #where: SqlWhere;
  readonly #builder: Kysely<unknown>;
  readonly #table: Sql;

  constructor(columns: SqlColumns, dialect: SqlDialect, builder: Kysely<unknown>, table: Sql) {
    this.#columns = columns;
    this.#where = new SqlWhere(columns, dialect);
    this.#builder = builder;
    this.#table = table;
  }

  /** Its rows have the columns in their order. */
  select(query: RunQuery): CompiledQuery {
    const order = (query.orderBy ?? []).flatMap(({ field, descending }) => this.#where.order(field, descending));
    return this.#select(query, this.#terms(query), order);
  }

  /**
   * As {@link select}, of the runs that have a value in the first column of a descending order: an index
   * of the table serves these, not those where absent values come last. The rows of the query where there
   * are `limit` of them. Null where it would be no better.
   */
  selectPresent(query: RunQuery): CompiledQuery | null {
    const [first, ...others] = query.orderBy ?? [];
    if (query.limit === undefined || first?.descending !== true) return null;
    const present = this.#where.presence(first.field);
    if (present === null) return null;
    const order = [
      sql`${present.value} desc`,
      ...others.flatMap(({ field, descending }) => this.#where.order(field, descending)),
    ];
    return this.#select(query, [...this.#terms(query), present.condition], order);
  }

  /** One row of one number. */
  count(where: Where | undefined): CompiledQuery {
    const filter = filtered(this.#terms(where === undefined ? {} : { where }));
    return sql`select count(*) from ${this.#table}${filter}`.compile(this.#builder);
  }

  #select({ limit, offset }: RunQuery, terms: readonly Sql<boolean>[], order: readonly Sql[]): CompiledQuery {
    const columns = sql.join(this.#columns.names.map((name) => sql.ref(name)));
    const orders = sql.join([...order, sql.ref("created_at"), sql.ref("id")]);
    const bounds =
      limit === undefined && offset === undefined ? sql`` : sql` limit ${limit ?? NO_LIMIT} offset ${offset ?? 0}`;
    const filter = filtered(terms);
    return sql`select ${columns} from ${this.#table}${filter} order by ${orders}${bounds}`.compile(this.#builder);
  }

  #terms({ where, since }: RunQuery): Sql<boolean>[] {
    return [
      ...(where === undefined ? [] : [this.#where.condition(where)]),
      ...(since === undefined ? [] : [sql<boolean>`${sql.ref("created_at")} >= ${since}`]),
    ];
  }
}

function filtered(terms: readonly Sql<boolean>[]): Sql {
  return terms.length === 0 ? sql`` : sql` where ${sql.join(terms, sql` and `)}`;
}
