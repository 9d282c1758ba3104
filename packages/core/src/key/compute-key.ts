import { canonicalText, jcs } from "../hashing/canonical.js";
import { rememberedHash } from "../hashing/remembered-hash.js";
import { parseCacheKey, type CacheKey } from "../types/brand.js";
import { KEY_VERSION, type EnvPart, type InputPart, type ToolPart } from "./key-parts.js";

/** What a key is computed from. */
export interface KeySource {
  readonly tool: ToolPart;
  readonly image: string | null;
  /** The base's `fingerprint()`. */
  readonly runner: unknown;
  readonly env: EnvPart;
  /** `policy.extra`. */
  readonly extra: unknown;
  /** In call order. */
  readonly inputs: readonly InputPart[];
  /** The strings that `inputFile` was given, one an input, in call order. */
  readonly inputPaths: readonly string[];
  /** The user's parameters; those that equal an input path are written as references to it. */
  readonly params: unknown;
}

/** A key, and what was hashed. */
export interface ComputedKey {
  readonly key: CacheKey;
  /** Canonical text of the key parts; `JSON.parse` gives the `KeyParts`, `b3sum` of it prints the key. */
  readonly text: string;
}

/**
 * The key of `source`.
 * @throws UsageError `ERR_RUNCACHE_NOT_ENCODABLE` where a parameter, the fingerprint or `extra` holds
 * something without a canonical form.
 */
export function computeKey(source: KeySource): ComputedKey {
  const text = keyText(source);
  return { key: parseCacheKey(rememberedHash(text)), text };
}

/** Fields stand in code-unit order, as RFC 8785 wants them. */
function keyText({ tool, image, runner, env, extra, inputs, inputPaths, params }: KeySource): string {
  const firstIndex = new Map<string, number>();
  inputPaths.forEach((path, index) => {
    if (!firstIndex.has(path)) firstIndex.set(path, index);
  });
  const fields = [
    `"env":${environmentText(env)}`,
    `"extra":${canonicalText(extra, { root: "policy.extra" })}`,
    `"image":${image === null ? "null" : jcs(image, "image")}`,
    `"inputs":[${inputs.map(inputText).join(",")}]`,
    `"params":${canonicalText(params, { root: "params", reference: (path) => firstIndex.get(path) })}`,
    `"runner":${canonicalText(runner, { root: "fingerprint()" })}`,
    `"tool":{"id":${jcs(tool.id, "tool.id")},"name":${jcs(tool.name, "tool.name")},"package":${jcs(tool.package, "tool.package")}}`,
    `"v":${KEY_VERSION}`,
  ];
  return `{${fields.join(",")}}`;
}

/** Environments are frozen, and most calls have the same. */
const environmentTexts = new WeakMap<EnvPart, string>();

function environmentText(env: EnvPart): string {
  const known = environmentTexts.get(env);
  if (known !== undefined) return known;
  const text = jcs(env, "env");
  if (Object.isFrozen(env)) environmentTexts.set(env, text);
  return text;
}

function inputText({ digest, kind, mutable, name, resolveParent }: InputPart, index: number): string {
  const nameText = name === null ? "null" : jcs(name, `inputs[${index}].name`);
  return `{"digest":${JSON.stringify(digest)},"kind":"${kind}","mutable":${mutable},"name":${nameText},"resolveParent":${resolveParent}}`;
}
