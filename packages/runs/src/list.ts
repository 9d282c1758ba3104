import { checkOptionNames, nearestName, UsageError } from "@runcache/core";
import type { Engine } from "./engine.js";
import type { RunFields } from "./types/record.js";
import type { IndexRow, RunIndex } from "./types/run-index.js";
import { BUILT_IN_FIELDS, type FieldRef, type RunQuery, type Where } from "./types/where.js";
import { parseOrder, parseSince, parseWhere } from "./where-parse.js";

/** Options of `list`. */
export interface ListOptions {
  /** Names and conditions; see the README. @default {} */
  readonly where?: object;
  /** A name or several; `-` in front for descending. @default "createdAt" */
  readonly orderBy?: string | readonly string[];
  /** @default all */
  readonly limit?: number;
  /** @default 0 */
  readonly offset?: number;
  /** Only what was made then or later; ISO 8601 text or a Date. */
  readonly since?: string | Date;
  /** Records of every version, not only of the store's own. @default false */
  readonly allVersions?: boolean;
}

const OPTIONS = {
  where: true,
  orderBy: true,
  limit: true,
  offset: true,
  since: true,
  allVersions: true,
} satisfies Record<keyof ListOptions, true>;

export async function listRuns(engine: Engine, options: ListOptions): Promise<RunFields[]> {
  checkOptionNames("list", options, Object.keys(OPTIONS));
  const query = queryOf(engine, options);
  const rows = await engine.index.use((index) => index.query(query));
  if (rows.length === 0) await refuseUnknown(engine, "where", whereNames(engine, options.where));
  else await refuseUnknown(engine, "orderBy", orderNames(query, rows));
  return rows.map((row) => engine.record(row));
}

export async function countRuns(engine: Engine, where: object): Promise<number> {
  const query = queryOf(engine, { where });
  const count = await engine.index.use((index) => index.count(query.where));
  if (count === 0) await refuseUnknown(engine, "where", whereNames(engine, where));
  return count;
}

/** @throws UsageError `ERR_RUNCACHE_WHERE` */
export function queryOf({ options }: Engine, asked: ListOptions): RunQuery {
  const { where = {}, orderBy, limit, offset, since, allVersions = false } = asked;
  const parsed = parseWhere(where, options);
  const own: Where = { op: "eq", field: { kind: "built-in", name: "version" }, value: options.version };
  const isOwn = allVersions || Object.hasOwn(where, "version");
  return {
    where: isOwn ? parsed : { op: "and", terms: [own, parsed] },
    ...(orderBy === undefined ? {} : { orderBy: parseOrder(orderBy, options) }),
    ...(limit === undefined ? {} : { limit: whole("limit", limit) }),
    ...(offset === undefined ? {} : { offset: whole("offset", offset) }),
    ...(since === undefined ? {} : { since: parseSince(since) }),
  };
}

function whole(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new UsageError("ERR_RUNCACHE_WHERE", `${option} is ${value}; give a whole number that is not negative`, {
    option,
  });
}

function whereNames({ options }: Engine, where: object = {}): string[] {
  return paramsOf(parseWhere(where, options));
}

/** Parameters to order by that none of the rows has. */
function orderNames({ orderBy = [] }: RunQuery, rows: readonly IndexRow[]): string[] {
  return orderBy
    .flatMap(({ field }) => (field.kind === "param" ? field.path.slice(0, 1) : []))
    .filter((name) => !rows.some(({ params }) => Object.hasOwn(JSON.parse(params) as object, name)));
}

/** What selects nothing may be misspelt: a parameter that no run has is told, with the nearest that one has. */
async function refuseUnknown({ index, options }: Engine, option: string, asked: readonly string[]): Promise<void> {
  for (const path of new Set(asked)) {
    const field: FieldRef = { kind: "param", path: [path] };
    const isKnown = await index.use((asking) => asking.count({ op: "exists", field, exists: true }));
    if (isKnown > 0) continue;
    const names = [...Object.keys(options.kinds), ...BUILT_IN_FIELDS, ...(await index.use(namesOfSome))];
    const nearest = nearestName(path, names);
    if (nearest === undefined) continue;
    throw new UsageError(
      "ERR_RUNCACHE_WHERE",
      `${option}: no run of ${options.name} has a parameter ${JSON.stringify(path)}; did you mean ${nearest}?`,
      { name: path, nearest },
    );
  }
}

/** Names of parameters that a condition compares; those that may be absent are not among them. */
function paramsOf(where: Where): string[] {
  if (where.op === "and" || where.op === "or") return where.terms.flatMap(paramsOf);
  const { field } = where;
  return field.kind === "param" && where.op !== "exists" ? field.path.slice(0, 1) : [];
}

/** So many runs say which parameters there are. */
const SOME = 100;

async function namesOfSome(index: RunIndex): Promise<readonly string[]> {
  const rows = await index.query({ limit: SOME });
  return [...new Set(rows.flatMap(({ params }) => Object.keys(JSON.parse(params) as object)))];
}
