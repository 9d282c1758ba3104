import { EMPTY_BLAKE3, type Hasher } from "../hashing/hasher.js";
import { isDigest, makeDigest } from "../types/brand.js";
import { UsageError } from "../types/errors.js";
import { nearestName } from "./option-names.js";

/** `value`, one of `allowed`, the first of which is the default. */
export function choice<const T extends string>(option: string, value: unknown, allowed: readonly [T, ...T[]]): T {
  if (value === undefined) return allowed[0];
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  const nearest = typeof value === "string" ? nearestName(value, allowed) : undefined;
  const hint = nearest === undefined ? "" : `; did you mean ${JSON.stringify(nearest)}?`;
  throw policyError(option, `must be one of ${allowed.map((name) => JSON.stringify(name)).join(", ")}${hint}`, value);
}

/** The strings in `value`, each of `form`, sorted by code unit, without repetition. */
export function names(option: string, value: unknown, form: NameForm): readonly string[] {
  if (!Array.isArray(value)) throw policyError(option, `must be an array of ${form.plural}`, value);
  for (const name of value as unknown[]) {
    if (typeof name !== "string" || !form.pattern.test(name)) {
      throw policyError(option, `must hold ${form.plural} only (${form.example})`, name);
    }
  }
  return Object.freeze([...new Set(value as string[])].sort());
}

/** `value`, an object of tools and the names of their parameters. */
export function namesByTool(option: string, value: unknown): ReadonlyMap<string, readonly string[]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw policyError(option, 'must be an object like { "package/name": ["parameter"] }', value);
  }
  const entries = Object.entries(value as Record<string, unknown>);
  names(option, Object.keys(value), TOOL_NAME);
  return new Map(entries.map(([tool, list]) => [tool, names(`${option}[${JSON.stringify(tool)}]`, list, PARAMETER)]));
}

/** `value`, a function where it is given. */
export function callable<T>(option: string, value: T): T {
  if (typeof value !== "function") throw policyError(option, "must be a function", value);
  return value;
}

/** `value` after a look at what it makes of nothing: its digests must be distinct by their prefix. */
export function usableHasher(option: string, value: Hasher): Hasher {
  const { id } = value as { readonly id?: unknown };
  if (typeof id !== "string" || !/^[a-z0-9][a-z0-9-]*$/.test(id)) {
    throw policyError(option, "must have an id of lower-case letters, digits and dashes", id);
  }
  const empty = new Uint8Array();
  const digest: string = value.hash(empty);
  if (!isDigest(digest) || digest !== makeDigest(id, value.create().hexdigest())) {
    throw policyError(option, `must give "${id}:<hex>" from hash(), of the same hex as create().hexdigest()`, digest);
  }
  if (id === "b3" && digest !== EMPTY_BLAKE3) throw policyError(option, "must not call itself b3, which is BLAKE3", id);
  return value;
}

/** What names of one kind look like. */
export interface NameForm {
  readonly plural: string;
  readonly pattern: RegExp;
  readonly example: string;
}

export const TOOL_NAME: NameForm = { plural: "tools", pattern: /^[^/]+\/[^]+$/, example: "package/name" };
export const ENVIRONMENT_NAME: NameForm = { plural: "variables", pattern: /^[^=\0]+$/, example: "OMP_NUM_THREADS" };
export const PARAMETER: NameForm = { plural: "parameters", pattern: /^[^]+$/, example: "nthreads" };

function policyError(option: string, rule: string, value: unknown): UsageError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value === null ? value : typeof value);
  return new UsageError("ERR_RUNCACHE_POLICY", `policy.${option} ${rule}; it is ${shown}`, { option, value });
}
