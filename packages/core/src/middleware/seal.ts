import { entryDir } from "../entry/layout.js";
import { nonceIn, readManifest } from "../entry/read-manifest.js";
import type { Staging } from "../entry/staging.js";
import { computeKey } from "../key/compute-key.js";
import { environmentPart } from "../key/environment.js";
import type { EnvPart, KeyParts, ToolPart } from "../key/key-parts.js";
import type { Flow } from "../platform/flow.js";
import { isSystemError } from "../platform/system-error.js";
import type { CacheKey } from "../types/brand.js";
import type { CacheContext, KeyContext } from "./cache-context.js";
import type { CacheableExecution, Metadata } from "../types/runner.js";
import { digestInputs, type DigestedInput } from "./digest-inputs.js";
import { look, type Looked, type Miss } from "./look.js";
import type { RegisteredInput } from "./registered-input.js";
import { stage } from "./stage.js";

/** A call whose key is final. */
export interface SealedCall {
  /** `package/name`, for people. */
  readonly label: string;
  readonly tool: ToolPart;
  readonly key: CacheKey;
  /** Canonical text of the key parts. */
  readonly keyText: string;
  readonly image: string | null;
  readonly inputs: readonly DigestedInput[];
  /** Parameters that `policy.ignoreParams` left out of the key. */
  readonly ignoredParams: readonly string[];
  /** Host path of the directory that outputs are announced in: the entry's place, or the base's own. */
  readonly announcedDir: string;
  /** What stood there when the key became final; an entry is yet to be held against the guards. */
  readonly looked: Looked;
  /** When that was, by `performance.now()`. */
  readonly lookedAtMs: number;
  /** Nonce of the entry that `RUNCACHE=refresh` asks to replace, or null. */
  readonly outdated: string | null;
  /** Where a miss runs: in staging that was made already, in staging to be made, or in the base's own directory. */
  readonly place: Staging | "staging" | "own";
}

export interface SealRequest {
  readonly base: CacheableExecution;
  readonly metadata: Metadata;
  readonly inputs: readonly RegisteredInput[];
  readonly params: object;
  /** Whether the caller gets paths of outputs now. */
  readonly announces: boolean;
}

const REFRESH: Looked = { entry: null, miss: { reason: "refresh", detail: "RUNCACHE=refresh asks for a new run" } };

/** What of a sealed call does not depend on what the cache holds. */
export type KeyedCall = Pick<SealedCall, "label" | "tool" | "key" | "keyText" | "image" | "inputs" | "ignoredParams">;

/**
 * Makes the key final and looks it up. Where paths are announced, a miss makes its staging directory at
 * once, because it decides which; others make it when their turn comes, and hold nothing while they wait.
 * @throws InputError and UsageError for wrong calls, and what the base's `image` throws; trouble of the
 * cache throws nothing
 */
export function* seal(context: CacheContext, call: SealRequest): Flow<SealedCall> {
  const keyed = yield* keyOfCall(context, call);
  const { key } = keyed;
  const { root } = context;
  const entry = entryDir(root.dir, key);
  const isRefresh = context.mode === "refresh";
  const outdated = isRefresh ? nonceIn(entry) : null;
  const lookedAtMs = performance.now();
  const looked = isRefresh ? (foreignVersion(entry) ?? REFRESH) : look(context, key);
  const place = looked.entry !== null ? "staging" : placeOf(context, call, looked.miss);
  const announcedDir = place === "own" ? call.base.outputDir : entry;
  // Every hit comes here, and to spread an object costs it as much as to open a file.
  return {
    label: keyed.label,
    tool: keyed.tool,
    key,
    keyText: keyed.keyText,
    image: keyed.image,
    inputs: keyed.inputs,
    ignoredParams: keyed.ignoredParams,
    announcedDir,
    looked,
    lookedAtMs,
    outdated,
    place,
  };
}

/** What another version of runcache left at the host path `place`, which even a refresh does not replace; else null. */
function foreignVersion(place: string): Looked | null {
  try {
    const decoded = readManifest(place);
    if (decoded?.status !== "unknown-version") return null;
    return { entry: null, miss: { reason: "unknown-version", detail: decoded.detail } };
  } catch (error) {
    if (isSystemError(error)) return null; // what cannot be read is replaced, as far as it can be
    throw error;
  }
}

/** Where a call that missed will run. What another version of runcache made is not ours to replace. */
function placeOf(context: CacheContext, { base, announces }: SealRequest, { reason }: Miss): SealedCall["place"] {
  if (reason === "unknown-version") return "own";
  return announces ? (stage(context, base, { isLater: true }) ?? "own") : "staging";
}

/**
 * The key of a call. Looks nothing up.
 * @throws as {@link seal}
 */
export function* keyOfCall(context: KeyContext, call: Omit<SealRequest, "announces">): Flow<KeyedCall> {
  const { base, metadata } = call;
  const { policy } = context;
  const tool = { id: metadata.id, package: metadata.package, name: metadata.name };
  const label = `${tool.package}/${tool.name}`;
  const image = imageOf(context, base, metadata);
  const inputs = yield* digestInputs(context, call.inputs);
  const ignoredParams = policy.ignoredParams(label);
  const { key, text: keyText } = computeKey({
    tool,
    image,
    runner: base.fingerprint?.() ?? base.constructor.name,
    env: environmentOf(context, base),
    extra: policy.extra,
    inputs: inputs.map(({ part }) => part),
    inputPaths: call.inputs.map(({ given }) => given),
    params: policy.withoutIgnoredParams(label, call.params),
  });
  return { label, tool, key, keyText, image, inputs, ignoredParams };
}

/** What of this process' environment is in the key. */
export function environmentOf({ policy }: KeyContext, base: CacheableExecution): EnvPart {
  return environmentPart([...policy.envAllowlist, ...(base.envNames?.() ?? [])], process.env);
}

/** Removes what a call holds that will not run after all. */
export function discardPlace({ place }: SealedCall): void {
  if (typeof place === "object") place.discard();
}

/** The key parts as they were hashed. Parsed on demand: a hit does not need them. */
export function partsOf({ keyText }: Pick<SealedCall, "keyText">): KeyParts {
  return JSON.parse(keyText) as KeyParts;
}

/** What the base says will run; a base that cannot say is asked about through the policy. */
function imageOf({ policy }: KeyContext, base: CacheableExecution, metadata: Metadata): string | null {
  if (base.image !== undefined) return base.image();
  return metadata.container_image_tag === undefined ? null : policy.imageDigest(metadata.container_image_tag, metadata);
}
