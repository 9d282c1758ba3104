import { jcs } from "../hashing/canonical.js";
import type { JsonObject, JsonValue } from "../types/json.js";
import type { InputPart, KeyParts } from "./key-parts.js";

/** One difference between the key parts of two calls. */
export interface KeyDifference {
  /** The key part that differs. */
  readonly part: keyof KeyParts;
  /** What in it: `params.fractional_intensity`, `t1.nii.gz`, `OMP_NUM_THREADS`, … */
  readonly name: string;
  /** As in the key parts; undefined where there was nothing, `{"$digest": …}` where it was large. */
  readonly before: JsonValue | undefined;
  /** As in the key parts; undefined where there is nothing any more. */
  readonly after: JsonValue | undefined;
  /** For people: `params.fractional_intensity 0.5 → 0.4`. */
  readonly text: string;
}

const MAX_SHOWN = 60;

/** Tag of a value that was too large to be remembered: the digest of its canonical text. */
export const DIGEST_TAG = "$digest";

/** `text` for people, cut where it is long. */
export function shorten(text: string, maxLength = MAX_SHOWN): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, "")}…`; // no half pairs
}

/** A value of the key parts for people. `inputs` are those that references in it mean. */
export function showValue(value: JsonValue | undefined, inputs: readonly InputPart[]): string {
  if (value === undefined) return "absent";
  const tag = readTag(value);
  if (tag === null) return shorten(jcs(value));
  const [name, content] = tag;
  if (name === DIGEST_TAG) return "a large value";
  if (name === "$input") return inputLabel(inputs, Number(content));
  return shorten(name === "$bigint" ? `${content}n` : content);
}

/** How people know the input with this index. */
export function inputLabel(inputs: readonly InputPart[], index: number): string {
  const name = inputs[index]?.name ?? `#${index + 1}`;
  return `input ${shorten(name)}`;
}

/** Name and content of a tagged value (KEY.md), or null for any other. Keys of users never look like it. */
export function readTag(value: JsonValue): readonly [name: string, content: string] | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const [entry] = Object.entries(value as JsonObject);
  if (entry === undefined || !/^\$(?!\$)./.test(entry[0])) return null;
  const [name, content] = entry;
  return typeof content === "string" || typeof content === "number" ? [name, String(content)] : null;
}
