import { jcs } from "../hashing/canonical.js";
import { hashText } from "../hashing/select-hasher.js";
import { valuePath } from "../hashing/value-path.js";
import { isDigest } from "../types/brand.js";
import type { JsonObject, JsonValue } from "../types/json.js";
import { DIGEST_TAG, readTag, showValue, type KeyDifference } from "./key-difference.js";
import type { InputPart, KeyParts } from "./key-parts.js";

/** Two states of one thing. */
export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

/** The differences inside a free-form part: params, runner, extra. `inputs` are what references mean. */
export function* explainValue(
  part: keyof KeyParts,
  { before, after }: Change<JsonValue | undefined>,
  inputs: Change<readonly InputPart[]> = { before: [], after: [] },
  path: readonly (string | number)[] = [],
): Generator<KeyDifference> {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const step of steps(before, after)) {
      const change = { before: at(before, step), after: at(after, step) };
      yield* explainValue(part, change, inputs, [...path, step]);
    }
  } else if (!isSame(before, after)) {
    const name = valuePath(part, path.map(unescaped));
    yield { part, name, before, after, text: `${name} ${sayChange({ before, after }, inputs)}` };
  }
}

type Container = readonly JsonValue[] | JsonObject;

function isContainer(value: JsonValue | undefined): value is Container {
  return typeof value === "object" && value !== null && readTag(value) === null;
}

function steps(before: Container, after: Container): (string | number)[] {
  if (Array.isArray(before) && Array.isArray(after)) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) => index);
  }
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
}

function at(container: Container, step: string | number): JsonValue | undefined {
  return Object.hasOwn(container, step) ? (container as JsonObject)[step] : undefined;
}

function isSame(before: JsonValue | undefined, after: JsonValue | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const digests = { before: largeDigest(before), after: largeDigest(after) };
  if (digests.before === null && digests.after === null) return jcs(before) === jcs(after);
  return (digests.before ?? hashText(jcs(before))) === (digests.after ?? hashText(jcs(after)));
}

/** The digest that stands for a value too large to be remembered, or null. */
function largeDigest(value: JsonValue | undefined): string | null {
  const tag = value === undefined ? null : readTag(value);
  return tag?.[0] === DIGEST_TAG ? tag[1] : null;
}

/** Digests say nothing to people but that they differ. */
function sayChange({ before, after }: Change<JsonValue | undefined>, inputs: Change<readonly InputPart[]>): string {
  const digests = { before: isDigestValue(before), after: isDigestValue(after) };
  if (digests.before && digests.after) return "changed";
  const isLarge = largeDigest(before) !== null || largeDigest(after) !== null;
  if (isLarge && before !== undefined && after !== undefined) return "changed";
  if (digests.after && (before ?? null) === null) return "set";
  if (digests.before && (after ?? null) === null) return "unset";
  return `${showValue(before, inputs.before)} → ${showValue(after, inputs.after)}`;
}

function isDigestValue(value: JsonValue | undefined): boolean {
  return typeof value === "string" && isDigest(value);
}

function unescaped(step: string | number): string | number {
  return typeof step === "string" && step.startsWith("$$") ? step.slice(1) : step;
}
