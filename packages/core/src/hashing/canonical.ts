import { UsageError } from "../types/errors.js";
import type { JsonValue } from "../types/json.js";
import { valuePath } from "./value-path.js";

/** Stands for the input with this index inside a value: it is written `{"$input":index}`. */
export class InputReference {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }
}

/** How a user's value is written. */
export interface CanonicalOptions {
  /** What messages call the value: `params`. */
  readonly root: string;
  /** Index of the input that a string stands for; such a string is written `{"$input":i}`. */
  readonly reference?: (text: string) => number | undefined;
}

/**
 * The canonical text (RFC 8785) of a user's value; KEY.md has the rules. Distinct values have distinct
 * texts: keys that begin with `$` get one more, and what JSON lacks is a tagged object.
 * @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE` on anything else, naming the path to it.
 */
export function canonicalText(value: unknown, { root, reference }: CanonicalOptions): string {
  const writer = new CanonicalWriter(root, {
    key: (key) => (key.startsWith("$") ? `$${key}` : key),
    string: (text) => {
      const index = reference?.(text);
      return index === undefined ? JSON.stringify(text) : inputText(index);
    },
    number: (number) => {
      if (Number.isFinite(number) && !Object.is(number, -0)) return String(number);
      return `{"$number":"${Object.is(number, -0) ? "-0" : number}"}`;
    },
    bigint: (integer) => `{"$bigint":"${integer}"}`,
  });
  return writer.write(value);
}

/**
 * RFC 8785 text of plain JSON, which is taken as it stands: `jcs(JSON.parse(text)) === text` for every
 * text that this module writes.
 * @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE` where `value` is not JSON after all.
 */
export function jcs(value: JsonValue, root = "value"): string {
  return new CanonicalWriter(root, PLAIN).write(value);
}

/** How leaves and keys are written; undefined refuses. */
interface Spelling {
  key(key: string): string;
  string(text: string): string;
  number(number: number): string | undefined;
  bigint(integer: bigint): string | undefined;
}

const PLAIN: Spelling = {
  key: (key) => key,
  string: (text) => JSON.stringify(text),
  number: (number) => (Number.isFinite(number) ? String(number) : undefined),
  bigint: () => undefined,
};

/** Deeper values are refused by name, where otherwise the stack would overflow somewhere. */
const MAX_DEPTH = 1000;

class CanonicalWriter {
  readonly #root: string;
  readonly #spelling: Spelling;
  readonly #path: (string | number)[] = [];
  readonly #ancestors: object[] = [];

  constructor(root: string, spelling: Spelling) {
    this.#root = root;
    this.#spelling = spelling;
  }

  write(value: unknown): string {
    return this.#leaf(value) ?? this.#composite(value);
  }

  #leaf(value: unknown): string | undefined {
    switch (typeof value) {
      case "boolean":
        return String(value);
      case "string":
        if (!value.isWellFormed()) this.#refuse("a string with half a surrogate pair");
        return this.#spelling.string(value);
      case "number":
        return this.#spelling.number(value) ?? this.#refuse(`${value}`);
      case "bigint":
        return this.#spelling.bigint(value) ?? this.#refuse("a bigint");
      case "object":
        return value === null ? "null" : undefined;
      default:
        return this.#refuse(typeof value === "undefined" ? "undefined" : `a ${typeof value}`);
    }
  }

  #composite(value: unknown): string {
    if (value instanceof InputReference) return inputText(value.index);
    const object = value as object;
    if (this.#ancestors.includes(object)) this.#refuse("a cycle: it contains itself");
    if (this.#ancestors.length === MAX_DEPTH) this.#refuse(`nested more than ${MAX_DEPTH} levels deep`);
    this.#ancestors.push(object);
    const text = Array.isArray(object) ? this.#array(object) : this.#object(object);
    this.#ancestors.pop();
    return text;
  }

  #array(array: readonly unknown[]): string {
    if (!isPlainArray(array)) this.#refuse(`an instance of ${className(array)}`);
    // One more than the elements: `length`. Holes make it fewer, and are refused as undefined elements.
    if (Reflect.ownKeys(array).length > array.length + 1) this.#refuse("an array with named properties");
    let text = "[";
    for (let index = 0; index < array.length; index++) {
      if (index > 0) text += ",";
      text += this.#at(index, array[index]);
    }
    return `${text}]`;
  }

  #object(object: object): string {
    if (!isPlainObject(object)) this.#refuse(`an instance of ${className(object)}`);
    const keys = sorted(Object.keys(object)); // by code unit, as RFC 8785 wants it; escaping keeps the order
    if (Reflect.ownKeys(object).length > keys.length) this.#refuse("an object with symbol or hidden properties");
    let text = "{";
    for (const key of keys) {
      const value = (object as Record<string, unknown>)[key];
      if (value === undefined) continue;
      if (text.length > 1) text += ",";
      text += `${this.#key(key)}:${this.#at(key, value)}`;
    }
    return `${text}}`;
  }

  #key(key: string): string {
    if (!key.isWellFormed()) this.#refuse("an object with half a surrogate pair in a key");
    return JSON.stringify(this.#spelling.key(key));
  }

  #at(step: string | number, value: unknown): string {
    this.#path.push(step);
    const text = this.write(value);
    this.#path.pop();
    return text;
  }

  #refuse(found: string): never {
    const path = valuePath(this.#root, this.#path);
    throw new UsageError(
      "ERR_RUNCACHE_NOT_ENCODABLE",
      `${path} is ${found}, which has no canonical form; pass plain objects, arrays, strings, numbers, bigints, booleans and null`,
      { path, found },
    );
  }
}

/** Most objects have their keys in order already. */
function sorted(keys: string[]): string[] {
  for (let index = 1; index < keys.length; index++) {
    if ((keys[index - 1] as string) > (keys[index] as string)) return keys.sort();
  }
  return keys;
}

function inputText(index: number): string {
  return `{"$input":${index}}`;
}

// The two tests below hold for objects of another realm too (a vm context, a test runner's sandbox).

/** Whether `object` is one that JSON has: no instance of a class, no namespace. */
export function isPlainObject(object: object): boolean {
  if (Symbol.toStringTag in object) return false; // Math, JSON, module namespaces
  const prototype = Object.getPrototypeOf(object) as object | null;
  if (prototype === null || prototype === Object.prototype) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** Whether `array` is no instance of a subclass. `Array.prototype` is itself an array, that of a subclass is not. */
export function isPlainArray(array: readonly unknown[]): boolean {
  const prototype = Object.getPrototypeOf(array) as object | null;
  return Array.isArray(prototype) && !Array.isArray(Object.getPrototypeOf(prototype));
}

function className(object: object): string {
  const constructor: unknown = (object as { constructor?: unknown }).constructor;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "an unnamed class";
}
