import type { Digest } from "../types/brand.js";
import type { JsonObject, JsonValue } from "../types/json.js";

/** Version of the key parts. Any change to what is hashed, or how, is another version (KEY.md). */
export const KEY_VERSION = 1;

/** The `runner` of calls of functions. */
export const FUNCTION_RUNNER = "function";

/** What names the tool: its wrapper's version, and the names it is known by. */
export interface ToolPart {
  readonly id: string;
  readonly package: string;
  readonly name: string;
}

/** One registered input. */
export interface InputPart {
  /** Content of the file, or of the tree. */
  readonly digest: Digest;
  readonly kind: "file" | "tree";
  /** The tool gets a copy that it may change. */
  readonly mutable: boolean;
  /** Basename of the path as given: tools derive output names from it. Null under `inputNames: "ignore"`. */
  readonly name: string | null;
  /** The tool may use siblings of the file; the digest is that of its parent directory. */
  readonly resolveParent: boolean;
}

/** Environment variables → digest of the value, null where unset. */
export type EnvPart = Readonly<Record<string, Digest | null>>;

/** Everything that names an entry, as plain JSON exactly as it was hashed. KEY.md says why each is in. */
export interface KeyParts {
  readonly env: EnvPart;
  /** `policy.extra`. */
  readonly extra: JsonValue;
  /** Immutable digest of the image that ran, or null. */
  readonly image: string | null;
  readonly inputs: readonly InputPart[];
  readonly params: JsonValue;
  /** The base's `fingerprint()`. */
  readonly runner: JsonValue;
  readonly tool: ToolPart;
  readonly v: typeof KEY_VERSION;
}

/**
 * The key parts that `value` holds (JSON of a manifest or of a key's text), or null where it holds none
 * of this version.
 */
export function readKeyParts(value: unknown): KeyParts | null {
  if (!isRecord(value) || value["v"] !== KEY_VERSION) return null;
  const { env, extra, image, inputs, params, runner, tool } = value;
  const complete =
    isRecord(env) &&
    extra !== undefined &&
    (image === null || typeof image === "string") &&
    Array.isArray(inputs) &&
    inputs.every(isInputPart) &&
    params !== undefined &&
    runner !== undefined &&
    isRecord(tool) &&
    [tool["id"], tool["package"], tool["name"]].every((name) => typeof name === "string");
  return complete ? (value as unknown as KeyParts) : null;
}

function isInputPart(value: unknown): boolean {
  return isRecord(value) && typeof value["digest"] === "string" && typeof value["kind"] === "string";
}

function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
