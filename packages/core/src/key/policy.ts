import { canonicalText } from "../hashing/canonical.js";
import type { Hasher } from "../hashing/hasher.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { refuseTag, type ImageDigestResolver } from "./image-tag.js";
import { checkOptionNames } from "./option-names.js";
import { callable, choice, ENVIRONMENT_NAME, names, namesByTool, TOOL_NAME, usableHasher } from "./policy-values.js";

/** What enters the key, and how strict the cache is. */
export interface CachePolicy {
  /** Image tag → digest, for bases that do not know. @default a resolver that refuses; see `trustTag` */
  readonly imageDigest?: ImageDigestResolver;
  /** Environment variables whose values enter the key. @default [] */
  readonly envAllowlist?: readonly string[];
  /** Tools, as `package/name`, that are never cached. @default [] */
  readonly bypassTools?: readonly string[];
  /** `package/name` → top-level parameters that do not enter the key (`nthreads`). @default {} */
  readonly ignoreParams?: Readonly<Record<string, readonly string[]>>;
  /** Part of every key: change it to invalidate. @default {} */
  readonly extra?: unknown;
  /** Whether the basenames of inputs are in the key. @default "include" */
  readonly inputNames?: (typeof INPUT_NAMES)[number];
  /** How a hit checks outputs: their state, or always their content. @default "stat" */
  readonly verify?: (typeof VERIFY)[number];
  /** What is flushed to disk before an entry becomes visible. @default "safe" */
  readonly durability?: (typeof DURABILITY)[number];
  /** Whether a hit must agree with the entry's command line and executable. @default "check" */
  readonly guards?: (typeof GUARDS)[number];
  /** Whether an entry may lack an output that the caller calls required. @default "allow" */
  readonly missingOutputs?: (typeof MISSING_OUTPUTS)[number];
  /** Makes the digests of contents. @default BLAKE3 */
  readonly hasher?: Hasher;
}

// The first of each is the default.
const INPUT_NAMES = ["include", "ignore"] as const;
const VERIFY = ["stat", "digest"] as const;
/** What is flushed to disk before an entry becomes visible, the default first. */
export const DURABILITY = ["safe", "full", "none"] as const;
const GUARDS = ["check", "ignore"] as const;
const MISSING_OUTPUTS = ["allow", "error"] as const;

/** A policy with every option decided. Frozen. */
export interface ResolvedPolicy extends Required<Omit<CachePolicy, "bypassTools" | "ignoreParams">> {
  readonly bypassTools: ReadonlySet<string>;
  /** Parameters of the tool `package/name` that do not enter the key. */
  ignoredParams(tool: string): readonly string[];
  /** `params` without those of the tool, and otherwise as they are. */
  withoutIgnoredParams(tool: string, params: object): object;
}

/**
 * `policy` with defaults filled in.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`; `ERR_RUNCACHE_POLICY` on a value that an option
 * cannot have; `ERR_RUNCACHE_NOT_ENCODABLE` on an `extra` without canonical form
 */
export function resolvePolicy(policy: CachePolicy = {}): ResolvedPolicy {
  checkOptionNames("policy", policy, Object.keys(OPTIONS));
  const { extra = {} } = policy;
  canonicalText(extra, { root: "policy.extra" });
  const ignored = namesByTool("ignoreParams", policy.ignoreParams ?? {});
  const ignoredParams = (tool: string): readonly string[] => ignored.get(tool) ?? [];
  return Object.freeze({
    imageDigest: callable("imageDigest", policy.imageDigest ?? refuseTag),
    envAllowlist: names("envAllowlist", policy.envAllowlist ?? [], ENVIRONMENT_NAME),
    bypassTools: new Set(names("bypassTools", policy.bypassTools ?? [], TOOL_NAME)),
    ignoredParams,
    withoutIgnoredParams: (tool: string, params: object) => without(ignoredParams(tool), params),
    extra,
    inputNames: choice("inputNames", policy.inputNames, INPUT_NAMES),
    verify: choice("verify", policy.verify, VERIFY),
    durability: choice("durability", policy.durability, DURABILITY),
    guards: choice("guards", policy.guards, GUARDS),
    missingOutputs: choice("missingOutputs", policy.missingOutputs, MISSING_OUTPUTS),
    hasher: usableHasher("hasher", policy.hasher ?? selectHasher()),
  });
}

const OPTIONS = {
  imageDigest: true,
  envAllowlist: true,
  bypassTools: true,
  ignoreParams: true,
  extra: true,
  inputNames: true,
  verify: true,
  durability: true,
  guards: true,
  missingOutputs: true,
  hasher: true,
} satisfies Record<keyof CachePolicy, true>;

/** By descriptors and own keys, so that what has no canonical form is still there to be refused. */
function without(ignored: readonly string[], params: object): object {
  if (ignored.length === 0) return params;
  const kept = Object.create(Object.getPrototypeOf(params) as object | null) as object;
  for (const name of Reflect.ownKeys(params)) {
    const descriptor = Reflect.getOwnPropertyDescriptor(params, name);
    if (descriptor !== undefined && !ignored.includes(String(name))) Object.defineProperty(kept, name, descriptor);
  }
  return kept;
}
