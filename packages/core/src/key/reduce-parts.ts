import { jcs } from "../hashing/canonical.js";
import { hashText } from "../hashing/select-hasher.js";
import type { JsonObject, JsonValue } from "../types/json.js";
import { DIGEST_TAG, readTag } from "./key-difference.js";
import type { KeyParts } from "./key-parts.js";

/** Key parts cut down to what still tells one call from another. */
export interface ReducedParts {
  /** Large values in it are `{"$digest": …}`; there are no inputs where `inputsDigest` stands for them. */
  readonly parts: KeyParts;
  readonly inputsDigest: string | null;
}

/** Characters of canonical text that a value may keep. */
const KEPT_LENGTH = 256;
/** Container levels that are kept: `exec` has parameters of its caller two levels down. */
const KEPT_LEVELS = 3;

/**
 * `parts` as what JSON makes of it has at most `mostBytes`: large values become digests, first those deep
 * down. Null where even that is too much.
 */
export function reduceParts(parts: KeyParts, mostBytes: number): ReducedParts | null {
  const isLong = sizeOf(parts.inputs) > mostBytes / 2;
  const inputsDigest = isLong ? inputsDigestOf(parts) : null;
  const inputs = isLong ? [] : parts.inputs;
  for (let levels = KEPT_LEVELS; levels >= 0; levels--) {
    const [params, runner, extra] = [parts.params, parts.runner, parts.extra].map((value) => reduce(value, levels)) as [
      JsonValue,
      JsonValue,
      JsonValue,
    ];
    const reduced = { parts: { ...parts, inputs, params, runner, extra }, inputsDigest };
    if (sizeOf(reduced) <= mostBytes) return reduced;
  }
  return null;
}

/** What stands for the inputs of `parts` where they are too many. */
export function inputsDigestOf({ inputs }: KeyParts): string {
  return hashText(
    JSON.stringify(
      inputs.map(({ name, digest, kind, mutable, resolveParent }) => [name, digest, kind, mutable, resolveParent]),
    ),
  );
}

function reduce(value: JsonValue, levels: number): JsonValue {
  const text = jcs(value);
  if (text.length <= KEPT_LENGTH) return value;
  if (levels === 0 || typeof value !== "object" || value === null || readTag(value) !== null) {
    return { [DIGEST_TAG]: hashText(text) };
  }
  if (Array.isArray(value)) return value.map((item) => reduce(item as JsonValue, levels - 1));
  const entries = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.map(([name, item]) => [name, reduce(item, levels - 1)]));
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
