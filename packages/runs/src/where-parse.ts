import { isPlainObject, nearestName, UsageError } from "@runcache/core";
import { HOLDS } from "./columns.js";
import { paramsText, roundFloat } from "./params.js";
import { shown } from "./shown.js";
import type { ColumnKind } from "./types/column.js";
import { BUILT_IN_FIELDS, type FieldRef, type OrderTerm, type Scalar, type Where } from "./types/where.js";

/** What names mean in a store. */
export interface WhereScope {
  readonly kinds: Readonly<Record<string, ColumnKind>>;
  /** Operands are rounded as params are. */
  readonly floatDigits: number;
}

/** Names of the operators of `where`. */
export const OPERATORS = ["eq", "gt", "gte", "lt", "lte", "in", "like", "exists"] as const;
type Operator = (typeof OPERATORS)[number];

const MEMBERS = ["params", "metadata"] as const;

/**
 * The condition that the user's `where` object is.
 *
 * A name is that of a column, of a field that every record has, of `params` or `metadata` as a whole, and
 * else of a parameter. Its condition is a value; an object whose names are all operators; or an object
 * that the value must agree with in part. `{ eq: … }` compares with exactly what it holds. `and` and `or`
 * take lists of such objects.
 * @throws UsageError `ERR_RUNCACHE_WHERE`
 */
export function parseWhere(where: unknown, scope: WhereScope): Where {
  return { op: "and", terms: conditions(where, scope, "where") };
}

/**
 * The order that `orderBy` names: a name or several, `-` in front for descending; dots lead into nested
 * parameters.
 * @throws UsageError `ERR_RUNCACHE_WHERE`
 */
export function parseOrder(orderBy: string | readonly string[], scope: WhereScope): OrderTerm[] {
  return (typeof orderBy === "string" ? [orderBy] : orderBy).map((name) => {
    const descending = name.startsWith("-");
    const [first = "", ...rest] = (descending ? name.slice(1) : name).split(".");
    if (first === "") throw whereError("orderBy", `${JSON.stringify(name)} is no name`);
    return { field: rest.reduce(into, fieldOf(first, scope)), descending };
  });
}

function conditions(where: unknown, scope: WhereScope, at: string): Where[] {
  if (!isObject(where)) throw whereError(at, `it is ${shown(where)}; give an object of names and conditions`);
  return Object.entries(where).flatMap(([name, condition]) => {
    if (condition === undefined) return [];
    if ((name === "and" || name === "or") && Array.isArray(condition) && !Object.hasOwn(scope.kinds, name)) {
      const terms = condition.map((term: unknown, index): Where => ({
        op: "and",
        terms: conditions(term, scope, `${at}.${name}[${index}]`),
      }));
      return [{ op: name, terms }];
    }
    const path = `${at}.${name}`;
    if ((MEMBERS as readonly string[]).includes(name) && !Object.hasOwn(scope.kinds, name)) {
      if (!isObject(condition))
        throw whereError(path, `it is ${shown(condition)}; give an object of names and conditions`);
      const kind = name === "params" ? "param" : "metadata";
      return Object.entries(condition).flatMap(([key, inner]) =>
        conditionOn({ kind, path: [escapeKey(key)] }, inner, scope, `${path}.${key}`),
      );
    }
    return conditionOn(fieldOf(name, scope), condition, scope, path);
  });
}

function fieldOf(name: string, { kinds }: WhereScope): FieldRef {
  const columnKind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (columnKind !== undefined) return { kind: "column", name, columnKind, path: [] };
  const builtIn = BUILT_IN_FIELDS.find((field) => field === name);
  return builtIn === undefined ? { kind: "param", path: [escapeKey(name)] } : { kind: "built-in", name: builtIn };
}

function into(field: FieldRef, key: string): FieldRef {
  if (field.kind === "built-in" || (field.kind === "column" && field.columnKind !== "json")) {
    throw whereError(field.name, `it has nothing inside, and so no ${JSON.stringify(key)}`);
  }
  return { ...field, path: [...field.path, escapeKey(key)] };
}

function escapeKey(key: string): string {
  return key.startsWith("$") ? `$${key}` : key;
}

function conditionOn(field: FieldRef, condition: unknown, scope: WhereScope, at: string): Where[] {
  if (condition === undefined) return [];
  if (!isObject(condition)) return [equals(field, condition, scope, at)];
  const names = Object.keys(condition);
  const operators = names.filter((name) => (OPERATORS as readonly string[]).includes(name));
  if (operators.length === names.length && names.length > 0) {
    return (operators as Operator[]).map((operator) => operate(field, operator, condition[operator], scope, at));
  }
  if (operators.length > 0) {
    const other = names.find((name) => !operators.includes(name)) ?? "";
    throw whereError(at, `${JSON.stringify(other)} is no operator, beside ${operators.join(", ")}; ${hint(other)}`);
  }
  if (names.length === 0) return [{ op: "exists", field, exists: true }];
  if (isScalarField(field)) {
    throw whereError(
      at,
      `${JSON.stringify(names[0])} is no operator, and it has nothing inside; ${hint(names[0] ?? "")}`,
    );
  }
  return names.flatMap((name) => conditionOn(into(field, name), condition[name], scope, `${at}.${name}`));
}

function hint(name: string): string {
  const nearest = nearestName(name, OPERATORS);
  return nearest === undefined ? `operators are ${OPERATORS.join(", ")}` : `did you mean ${nearest}?`;
}

function operate(field: FieldRef, operator: Operator, operand: unknown, scope: WhereScope, at: string): Where {
  const path = `${at}.${operator}`;
  switch (operator) {
    case "eq":
      return equals(field, operand, scope, path);
    case "gt":
    case "gte":
    case "lt":
    case "lte": {
      const value = scalar(field, operand, scope, path);
      if (typeof value === "boolean") throw whereError(path, "booleans have no order");
      return { op: operator, field, value };
    }
    case "in": {
      if (!Array.isArray(operand)) throw whereError(path, `it is ${shown(operand)}; give a list of values`);
      const terms = operand.map((value: unknown, index) => equals(field, value, scope, `${path}[${index}]`));
      const values = terms.flatMap((term) => (term.op === "eq" ? [term.value] : []));
      const rest = terms.filter((term) => term.op !== "eq");
      const among: Where = { op: "in", field, values };
      return rest.length === 0 ? among : { op: "or", terms: [among, ...rest] };
    }
    case "like":
      if (typeof operand !== "string")
        throw whereError(path, `it is ${shown(operand)}; give text, with % for any text`);
      if (/(?:^|[^\\])(?:\\\\)*\\$/.test(operand)) throw whereError(path, "its last \\ takes nothing literally");
      return { op: "like", field, pattern: operand };
    case "exists":
      if (typeof operand !== "boolean") throw whereError(path, `it is ${shown(operand)}; give true or false`);
      return { op: "exists", field, exists: operand };
  }
}

function equals(field: FieldRef, value: unknown, scope: WhereScope, at: string): Where {
  if (value === null) return { op: "is-null", field };
  if (value instanceof Date || !isComposite(value)) return { op: "eq", field, value: scalar(field, value, scope, at) };
  if (isScalarField(field)) throw whereError(at, `it is ${shown(value)}, which ${nameOf(field)} never holds`);
  return { op: "eq-json", field, json: paramsText(rounded(value, scope), at) };
}

/** What JSON writes as an array or an object; numbers that it lacks, and bigints, are objects too. */
function isComposite(value: unknown): boolean {
  if (typeof value === "number") return !Number.isFinite(value) || Object.is(value, -0);
  return typeof value === "object" || typeof value === "bigint";
}

function rounded(value: unknown, scope: WhereScope): unknown {
  if (typeof value === "number") return roundFloat(value, scope.floatDigits);
  if (Array.isArray(value)) return value.map((element) => rounded(element, scope));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner, scope)]));
}

/** An operand that can be held against `field`. */
function scalar(field: FieldRef, value: unknown, scope: WhereScope, at: string): Scalar {
  const expected = expectedOf(field);
  if (field.kind === "built-in" && field.name === "createdAt") return instant(value, at);
  const fits = expected === null ? ["string", "number", "boolean"].includes(typeof value) : typeof value === expected;
  if (!fits || (typeof value === "number" && !Number.isFinite(value))) {
    const wanted = field.kind === "column" ? HOLDS[field.columnKind] : (expected ?? "numbers, text and booleans");
    throw whereError(at, `it is ${shown(value)}, but ${nameOf(field)} is compared with ${wanted}`);
  }
  return typeof value === "number" && field.kind !== "built-in"
    ? roundFloat(value, scope.floatDigits)
    : (value as Scalar);
}

function instant(value: unknown, at: string): string {
  const date = value instanceof Date ? value : new Date(typeof value === "string" ? value : NaN);
  if (Number.isNaN(date.getTime())) throw whereError(at, `it is ${shown(value)}; give a Date, or ISO 8601 text`);
  return date.toISOString();
}

/** The ISO 8601 text, in UTC, that `since` says. @throws UsageError `ERR_RUNCACHE_WHERE` */
export function parseSince(since: unknown): string {
  return instant(since, "since");
}

function expectedOf(field: FieldRef): "string" | "number" | null {
  if (field.kind === "built-in")
    return ["id", "version", "resultFile", "createdAt"].includes(field.name) ? "string" : "number";
  if (field.kind !== "column" || field.columnKind === "json") return null;
  return field.columnKind === "text" ? "string" : "number";
}

function isScalarField(field: FieldRef): boolean {
  return field.kind === "built-in" || (field.kind === "column" && field.columnKind !== "json");
}

function nameOf(field: FieldRef): string {
  return "name" in field ? field.name : field.path.join(".");
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && isPlainObject(value);
}

function whereError(at: string, fault: string): UsageError {
  return new UsageError("ERR_RUNCACHE_WHERE", `${at}: ${fault}`, { at });
}
