import { jcs } from "../hashing/canonical.js";
import { equalJson } from "../hashing/equal-json.js";
import { rememberedHash } from "../hashing/remembered-hash.js";
import type { JsonObject, JsonValue } from "../types/json.js";
import type { CacheableExecution } from "../types/runner.js";
import { References } from "./references.js";
import type { SealedCall } from "./seal.js";

/** Facts known only at the run. They are stored with the entry and must be equal on a hit. */
export class Guards {
  readonly value: JsonObject;
  #text: string | undefined;

  constructor(value: JsonObject) {
    this.value = value;
  }

  /** Canonical text. */
  get text(): string {
    this.#text ??= jcs(this.value);
    return this.#text;
  }

  /** 16 hex, for names of locks. */
  get shortDigest(): string {
    return rememberedHash(this.text).slice(0, 16);
  }

  /** Whether `stored` are the same. */
  equals(stored: JsonObject): boolean {
    return equalJson(stored, this.value);
  }
}

/**
 * The guards of a call: the command line with inputs as references (off where `policy.ignoreParams`
 * ignores parameters of the tool, which the command line would bring back), what standard input reads,
 * and what the base adds.
 */
export function guardsOf(
  { inputs, ignoredParams }: SealedCall,
  base: CacheableExecution,
  { cargs, stdin }: { readonly cargs: readonly string[]; readonly stdin: string | null },
): Guards {
  const value: Record<string, JsonValue> = {};
  if (ignoredParams.length === 0) {
    const references = new References(inputs);
    value["argv"] = cargs.map((argument) => references.split(argument));
  }
  if (stdin !== null) value["stdin"] = { $input: inputs.findIndex(({ hostPath }) => hostPath === stdin) };
  if (base.guards !== undefined) value["base"] = base.guards(cargs);
  return new Guards(value);
}

/** What differs between the guards of an entry and those of a call, for people. */
export function guardDifference(before: JsonValue, now: Guards): string {
  const old = isObject(before) ? before : {};
  const names = new Set([...Object.keys(old), ...Object.keys(now.value)]);
  const differing = [...names].filter((name) => textOf(old[name]) !== textOf(now.value[name]));
  return differing.map((name) => GUARD_WORDS[name] ?? name).join(", ");
}

const GUARD_WORDS: Readonly<Record<string, string>> = {
  argv: "the command line",
  stdin: "standard input",
  base: "the tool's executable",
};

function textOf(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : jcs(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
