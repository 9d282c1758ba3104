import { readKeyParts } from "../key/key-parts.js";
import { isCacheKey, isDigest } from "../types/brand.js";
import { RESERVED_NAME } from "./layout.js";
import type { Manifest } from "./manifest.js";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether `value` has the shape of a manifest. Its digest vouches for what we wrote; this is for
 * manifests that others made: no path of one may lead out of its entry, no number be none.
 */
export function isManifest(value: Fields): value is Fields & Manifest {
  return (
    isString(value["key"]) &&
    isCacheKey(value["key"]) &&
    isString(value["nonce"]) &&
    readKeyParts(value["parts"]) !== null &&
    isObject(value["guards"]) &&
    isArrayOf(value["outputs"], isOutput) &&
    isRecordOf(value["names"], isBoolean) &&
    isStream(value["stdout"]) &&
    isStream(value["stderr"]) &&
    isTime(value["startedAt"]) &&
    isTime(value["finishedAt"]) &&
    isAmount(value["durationMs"]) &&
    Number.isSafeInteger(value["exitCode"]) &&
    isNullOr(value["usage"], isUsage) &&
    isNullOr(value["user"], isString) &&
    isNullOr(value["host"], isString) &&
    isMetadata(value["tool"]) &&
    isNullOr(value["image"], isString) &&
    isRecordOf(value["versions"], isString) &&
    isArrayOf(value["ignoredParams"], isString) &&
    isArrayOf(value["parents"], (key) => isString(key) && isCacheKey(key)) &&
    isArrayOf(value["networkInputs"], isCount) &&
    isNullOr(value["unflushedIn"] ?? null, isString)
  );
}

/** Whether `value` is an object, and no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The largest time that `lstat` gives fits easily; before 1970 is possible. */
const NANOSECONDS = /^-?\d{1,20}$/;

function isOutput(value: unknown): boolean {
  if (!isObject(value) || !isInside(value["path"])) return false;
  switch (value["kind"]) {
    case "dir":
      return true;
    case "link":
      return isString(value["target"]) && value["target"] !== "" && !value["target"].includes("\0");
    case "file":
      return (
        isCount(value["sizeBytes"]) &&
        isCount(value["mode"]) &&
        value["mode"] <= 0o777 &&
        isString(value["mtimeNs"]) &&
        NANOSECONDS.test(value["mtimeNs"]) &&
        isString(value["digest"]) &&
        isDigest(value["digest"])
      );
    default:
      return false;
  }
}

const BAD_PARTS = /(?:^|\/)\.{0,2}(?:\/|$)|\0/;

/** Relative, without empty parts, `.` and `..`, and not the entry's own record. */
function isInside(path: unknown): boolean {
  return isString(path) && !BAD_PARTS.test(path) && path !== RESERVED_NAME && !path.startsWith(`${RESERVED_NAME}/`);
}

function isStream(value: unknown): boolean {
  if (!isObject(value) || !isCount(value["sizeBytes"])) return false;
  const { inline, members } = value;
  return (
    isString(value["digest"]) &&
    isDigest(value["digest"]) &&
    isArrayOf(members, isCount) &&
    (inline === null ? !isEmpty(members) : isString(inline) && isEmpty(members))
  );
}

function isUsage(value: unknown): boolean {
  return isObject(value) && isAmount(value["userMs"]) && isAmount(value["systemMs"]);
}

function isMetadata(value: unknown): boolean {
  return isObject(value) && isString(value["id"]) && isString(value["package"]) && isString(value["name"]);
}

function isTime(value: unknown): boolean {
  return isString(value) && !Number.isNaN(Date.parse(value));
}

function isString(value: unknown): value is string {
  return typeof value === "string";
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isAmount(value: unknown): boolean {
  return typeof value === "number" && value >= 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNullOr(value: unknown, check: (value: unknown) => boolean): boolean {
  return value === null || check(value);
}

function isArrayOf(value: unknown, check: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(check);
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function isRecordOf(value: unknown, check: (value: unknown) => boolean): boolean {
  return isObject(value) && Object.values(value).every(check);
}
