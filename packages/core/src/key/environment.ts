import { deriveKeyDigest } from "../hashing/select-hasher.js";
import type { Digest } from "../types/brand.js";
import type { EnvPart } from "./key-parts.js";

/** Context of the digests of environment values: public and fixed, so that anybody can recompute a key. */
export const ENVIRONMENT_CONTEXT = "runcache v1 environment value";

/**
 * Digest of the value of an environment variable, the only form in which values enter key parts and
 * fingerprints. A value that can be guessed can be found out from it.
 */
export function environmentDigest(value: string): Digest {
  let digest = known.get(value);
  if (digest === undefined) {
    digest = deriveKeyDigest(ENVIRONMENT_CONTEXT, Buffer.from(value, "utf8"));
    if (known.size === MOST_KNOWN) known.clear();
    known.set(value, digest);
  }
  return digest;
}

/** Environments rarely change between two calls. */
const known = new Map<string, Digest>();
const MOST_KNOWN = 256;

/** The parts that were made last, latest first. */
const made: Made[] = [];
const MOST_MADE = 4;

interface Made {
  readonly names: readonly string[];
  readonly values: readonly unknown[];
  readonly part: EnvPart;
}

/**
 * The `names` of `environ` for the key: digest of the value, null where unset (which differs from empty).
 * Where nothing changed since it was made, the same frozen object.
 */
export function environmentPart(
  names: Iterable<string>,
  environ: Readonly<Record<string, string | undefined>>,
): EnvPart {
  const wanted = [...names];
  const values = wanted.map((name) => environ[name]);
  const known = made.find((other) => equalLists(other.names, wanted) && equalLists(other.values, values));
  if (known !== undefined) return known.part;
  const entries = wanted.map((name, index) => {
    const value: unknown = values[index]; // what an object inherits is no string
    return [name, typeof value === "string" ? environmentDigest(value) : null] as const;
  });
  const part = Object.freeze(Object.fromEntries(entries)); // defines `__proto__` like any other name
  made.unshift({ names: wanted, values, part });
  made.length = Math.min(made.length, MOST_MADE);
  return part;
}

function equalLists(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
