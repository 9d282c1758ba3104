import type { JsonObject, JsonValue } from "../types/json.js";

/** Whether `a` and `b` have the same canonical text (`jcs`), seen without writing it. */
export function equalJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isArray(a)) {
    return isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (isArray(b)) return false;
  // Every hit comes here: no lists of names are made. A property that is undefined is absent.
  for (const name in a) if (Object.hasOwn(a, name) && !equalJson(a[name], member(b, name))) return false;
  for (const name in b) if (Object.hasOwn(b, name) && b[name] !== undefined && !Object.hasOwn(a, name)) return false;
  return true;
}

function member(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
