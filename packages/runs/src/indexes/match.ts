import type { JsonValue } from "@runcache/core";
import type { IndexRow } from "../types/run-index.js";
import type { FieldRef, RunQuery, Where } from "../types/where.js";
import { likePattern } from "./like-pattern.js";

/** Whether `row` satisfies `where`: what it means, in JavaScript, for every index that has no SQL. */
export function matches(where: Where, row: IndexRow): boolean {
  switch (where.op) {
    case "and":
      return where.terms.every((term) => matches(term, row));
    case "or":
      return where.terms.some((term) => matches(term, row));
    case "exists":
      return (valueOf(where.field, row) !== undefined) === where.exists;
    case "is-null":
      return isNull(where.field, valueOf(where.field, row));
    case "eq-json":
      return textOf(valueOf(where.field, row)) === where.json;
    case "in":
      return where.values.includes(valueOf(where.field, row) as never);
    case "like": {
      const value = valueOf(where.field, row);
      return typeof value === "string" && like(where.pattern)(value);
    }
    case "eq":
      return valueOf(where.field, row) === where.value;
    case "gt":
    case "gte":
    case "lt":
    case "lte": {
      const value = valueOf(where.field, row);
      if (typeof value !== typeof where.value) return false;
      const order = compareScalars(value as string | number, where.value as string | number);
      if (where.op === "gt") return order > 0;
      if (where.op === "gte") return order >= 0;
      return where.op === "lt" ? order < 0 : order <= 0;
    }
  }
}

/** The rows that `query` asks for, of all `rows`. */
export function select(
  rows: Iterable<IndexRow>,
  { where, orderBy = [], limit, offset = 0, since }: RunQuery,
): IndexRow[] {
  const found: IndexRow[] = [];
  for (const row of rows) {
    if (since !== undefined && row.createdAt < since) continue;
    if (where === undefined || matches(where, row)) found.push(row);
  }
  found.sort((a, b) => {
    for (const { field, descending } of orderBy) {
      const order = compareValues(valueOf(field, a), valueOf(field, b), descending);
      if (order !== 0) return order;
    }
    return compareText(a.createdAt, b.createdAt) || compareText(a.id, b.id);
  });
  return found.slice(offset, limit === undefined ? undefined : offset + limit);
}

/** What a row has there; undefined where it has nothing. A column that is null has nothing. */
function valueOf(field: FieldRef, row: IndexRow): JsonValue | undefined {
  switch (field.kind) {
    case "built-in":
      return row[field.name];
    case "param":
      return into(parsed(row, "params"), field.path);
    case "metadata":
      return into(parsed(row, "metadata"), field.path);
    case "column": {
      const value = row.columns[field.name] ?? undefined;
      return field.columnKind === "json" && typeof value === "string"
        ? into(JSON.parse(value) as JsonValue, field.path)
        : value;
    }
  }
}

const parsedRows = { params: new WeakMap<IndexRow, JsonValue>(), metadata: new WeakMap<IndexRow, JsonValue>() };

function parsed(row: IndexRow, member: "params" | "metadata"): JsonValue {
  const known = parsedRows[member].get(row);
  if (known !== undefined) return known;
  const value = JSON.parse(row[member]) as JsonValue;
  parsedRows[member].set(row, value);
  return value;
}

function into(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  let inner: JsonValue | undefined = value;
  for (const key of path) {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner) || !Object.hasOwn(inner, key))
      return undefined;
    inner = (inner as Readonly<Record<string, JsonValue>>)[key];
  }
  return inner;
}

function isNull(field: FieldRef, value: JsonValue | undefined): boolean {
  return value === null || (value === undefined && field.kind === "column" && field.path.length === 0);
}

/** Rows hold canonical text, whose parts `JSON.stringify` writes as they were: the order of keys is kept. */
function textOf(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : canonicalOrder(value);
}

/** Keys that are whole numbers come first in JavaScript, and by code unit in canonical text. */
function canonicalOrder(value: JsonValue): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalOrder).join(",")}]`;
  const object = value as Readonly<Record<string, JsonValue>>;
  const keys = Object.keys(object).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalOrder(object[key] as JsonValue)}`).join(",")}}`;
}

function compareScalars(a: string | number, b: string | number): number {
  return typeof a === "string" ? compareText(a, b as string) : a - (b as number);
}

/** By UTF-8 bytes, which code units beyond ASCII do not follow. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a, "utf8"), Buffer.from(b, "utf8"));
}

function compareValues(a: JsonValue | undefined, b: JsonValue | undefined, descending: boolean): number {
  const [rankA, rankB] = [rankOf(a), rankOf(b)];
  if (rankA !== rankB) return rankA - rankB;
  if (rankA > 1) return 0;
  const order = compareScalars(a as string | number, b as string | number);
  return descending ? -order : order;
}

/** Numbers, text, the rest, nothing. */
function rankOf(value: JsonValue | undefined): number {
  if (typeof value === "number") return 0;
  if (typeof value === "string") return 1;
  return value === undefined || value === null ? 3 : 2;
}

const patterns = new Map<string, (text: string) => boolean>();
const MOST_PATTERNS = 100;

/** The pattern's test: made once for all rows. */
function like(pattern: string): (text: string) => boolean {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  if (patterns.size >= MOST_PATTERNS) patterns.clear();
  const made = likePattern(pattern);
  patterns.set(pattern, made);
  return made;
}
