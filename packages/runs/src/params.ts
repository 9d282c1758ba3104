import { shown } from "./shown.js";
import { canonicalText, isPlainArray, isPlainObject, UsageError, type JsonValue } from "@runcache/core";

/** A run's parameters after {@link normaliseParams}: numbers, bigints included, text, booleans, null, arrays, objects. */
export type Params = Readonly<Record<string, unknown>>;

/** What `floatDigits` may be; 17 significant digits tell all doubles apart. */
const MOST_DIGITS = 17;

/** Levels of arrays and objects, params themselves included. SQLite reads JSON of 1000, and the key adds some. */
const MAX_DEPTH = 500;

/**
 * A frozen copy of `params` in which finite floats have `floatDigits` significant digits; integers, and
 * what the key refuses, stay as they are. KEY.md has the rules.
 * @throws UsageError `ERR_RUNCACHE_PARAMS` where it is no plain object, `ERR_RUNCACHE_PARAMS_DEPTH` where it is
 * nested more than 500 levels deep, or in itself
 */
export function normaliseParams(params: unknown, floatDigits: number): Params {
  if (typeof params !== "object" || params === null || Array.isArray(params) || !isPlainObject(params)) {
    throw new UsageError("ERR_RUNCACHE_PARAMS", `params is ${shown(params)}; pass a plain object of names and values`, {
      params,
    });
  }
  return normalise(params, floatDigits, 0) as Params;
}

/**
 * `value` with `digits` significant digits, for a finite float; any other number as it is.
 * @param digits 1 to 17
 */
export function roundFloat(value: number, digits: number): number {
  return Number.isInteger(value) || !Number.isFinite(value) ? value : Number(value.toPrecision(digits));
}

/**
 * Canonical text of normalised params: what an index keeps, and what enters the key.
 * @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE`, naming the path to what has none
 */
export function paramsText(params: unknown, root = "params"): string {
  return canonicalText(params, { root });
}

/** The value of a canonical text, frozen: tagged numbers and doubled `$` are undone. */
export function readCanonical(text: string): unknown {
  return fromCanonical(JSON.parse(text) as JsonValue);
}

/** The value that plain JSON of a canonical text stands for, frozen. */
export function fromCanonical(value: JsonValue): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(fromCanonical));
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>);
  const [first] = entries;
  if (first !== undefined && entries.length === 1 && typeof first[1] === "string") {
    if (first[0] === "$number") return Number(first[1]);
    if (first[0] === "$bigint") return BigInt(first[1]);
  }
  // `fromEntries` defines properties: `__proto__` is a name like any other.
  return Object.freeze(
    Object.fromEntries(entries.map(([key, inner]) => [key.startsWith("$") ? key.slice(1) : key, fromCanonical(inner)])),
  );
}

/**
 * The number of digits that floats keep.
 * @throws UsageError `ERR_RUNCACHE_FLOAT_DIGITS` where it is not a whole number from 1 to 17
 */
export function checkFloatDigits(digits: number): number {
  if (Number.isInteger(digits) && digits >= 1 && digits <= MOST_DIGITS) return digits;
  throw new UsageError(
    "ERR_RUNCACHE_FLOAT_DIGITS",
    `floatDigits is ${digits}; give the significant digits that floats keep, a whole number from 1 to ${MOST_DIGITS}`,
    { floatDigits: digits },
  );
}

function normalise(value: unknown, digits: number, depth: number): unknown {
  if (typeof value === "number") return roundFloat(value, digits);
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) {
    throw new UsageError(
      "ERR_RUNCACHE_PARAMS_DEPTH",
      `params are nested more than ${MAX_DEPTH} levels deep, or in themselves; pass what is deeper as text`,
      { maxDepth: MAX_DEPTH },
    );
  }
  return Array.isArray(value) ? normaliseArray(value, digits, depth) : normaliseObject(value, digits, depth);
}

/** What a copy would hide from the key (holes, hidden or symbol properties, classes) is not copied. */
function normaliseArray(array: readonly unknown[], digits: number, depth: number): unknown {
  if (!isPlainArray(array) || Reflect.ownKeys(array).length !== array.length + 1) return array;
  return Object.freeze(array.map((element) => normalise(element, digits, depth + 1)));
}

function normaliseObject(object: object, digits: number, depth: number): unknown {
  if (!isPlainObject(object)) return object;
  const keys = Object.keys(object);
  if (Reflect.ownKeys(object).length !== keys.length) return object;
  const copy: Record<string, unknown> = {};
  for (const key of keys) {
    const value = (object as Record<string, unknown>)[key];
    if (value === undefined) continue;
    const normal = normalise(value, digits, depth + 1);
    if (key === "__proto__") Object.defineProperty(copy, key, { value: normal, enumerable: true });
    else copy[key] = normal;
  }
  return Object.freeze(copy);
}
