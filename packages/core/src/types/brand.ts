import { UsageError } from "./errors.js";

declare const brand: unique symbol;
type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Content digest, `<hasher id>:<hex>`; with the given hasher `b3:` and 64 lower-case hex. */
export type Digest = Brand<string, "Digest">;

/** The name of an entry: 64 lower-case hex, BLAKE3 of the canonical key parts. */
export type CacheKey = Brand<string, "CacheKey">;

/** A path inside an entry: relative POSIX, without empty parts, `.`, `..` or NUL. */
export type EntryPath = Brand<string, "EntryPath">;

const KEY_FORM = /^[0-9a-f]{64}$/;
const DIGEST_FORM = /^[a-z0-9][a-z0-9-]*:[0-9a-f]{32,}$/;

/** Whether `text` has the form of a key. */
export function isCacheKey(text: string): text is CacheKey {
  return KEY_FORM.test(text);
}

/**
 * The key that `text` names.
 * @throws UsageError `ERR_RUNCACHE_KEY_FORM` when it is not 64 lower-case hex.
 */
export function parseCacheKey(text: string): CacheKey {
  if (isCacheKey(text)) return text;
  throw new UsageError(
    "ERR_RUNCACHE_KEY_FORM",
    `${JSON.stringify(text)} is not a key: a key is 64 lower-case hexadecimal digits; 'runcache ls' lists them`,
    { key: text },
  );
}

/** Whether `text` has the form of a digest. */
export function isDigest(text: string): text is Digest {
  return DIGEST_FORM.test(text);
}

/**
 * The digest that a hasher's id and its hexadecimal result make.
 * @throws UsageError `ERR_RUNCACHE_DIGEST_FORM` when either has the wrong form.
 */
export function makeDigest(hasherId: string, hex: string): Digest {
  const text = `${hasherId}:${hex}`;
  if (isDigest(text)) return text;
  throw new UsageError(
    "ERR_RUNCACHE_DIGEST_FORM",
    `${JSON.stringify(text)} is not a digest: a hasher's id is lower-case letters, digits and dashes, its result at least 32 hexadecimal digits`,
    { digest: text },
  );
}
