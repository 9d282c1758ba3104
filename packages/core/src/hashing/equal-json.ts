import type { JsonObject, JsonValue } from "../types/json.js";

/** Whether `a` and `b` have the same canonical text (`jcs`), seen without writing it. */
export function equalJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isArray(a)) {
    return isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (isArray(b)) return false;
  const names = namesOf(a);
  return (
    names.length === namesOf(b).length && names.every((name) => Object.hasOwn(b, name) && equalJson(a[name], b[name]))
  );
}

/** A property that is undefined is absent. */
function namesOf(object: JsonObject): string[] {
  return Object.keys(object).filter((name) => object[name] !== undefined);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}
