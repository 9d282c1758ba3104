import { readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { hasCode, isCacheKey, nearestName, UsageError, type Cache, type Entry } from "@runcache/core";

/** Fewer digits say nothing. */
const SHORTEST = 4;

/**
 * The entry whose key is `given`, or begins with it.
 * @throws UsageError `ERR_RUNCACHE_KEY_FORM`, `ERR_RUNCACHE_NO_ENTRY`, `ERR_RUNCACHE_KEY_AMBIGUOUS`
 */
export function findEntry(cache: Cache, given: string): Entry {
  if (isCacheKey(given)) return cache.get(given) ?? missing(given);
  if (!/^[0-9a-f]+$/.test(given) || given.length < SHORTEST || given.length > 64) {
    const message = `${JSON.stringify(given)} is no key: a key is 64 hexadecimal digits, or the first of them (at least ${SHORTEST}); 'runcache ls' lists them`;
    throw new UsageError("ERR_RUNCACHE_KEY_FORM", message, { key: given });
  }
  const [entry, other] = keysWith(cache.cacheDir, given).flatMap((key) => cache.get(key) ?? []);
  if (entry === undefined) return missing(given);
  if (other === undefined) return entry;
  const message = `several entries begin with ${given}, among them ${entry.key} and ${other.key}: give more digits`;
  throw new UsageError("ERR_RUNCACHE_KEY_AMBIGUOUS", message, { key: given });
}

/**
 * Host path of the output of an entry that is called `file`, relative to the entry.
 * @throws UsageError `ERR_RUNCACHE_NO_OUTPUT`
 */
export function outputPath({ dir, key, manifest }: Entry, file: string): string {
  const wanted = posix.normalize(file);
  const files = manifest.outputs.flatMap((output) => (output.kind === "dir" ? [] : [output.path]));
  if (files.includes(wanted)) return join(dir, wanted);
  const near = nearestName(wanted, files);
  const hint = near === undefined ? `'runcache show ${key.slice(0, 12)}' lists its outputs` : `did you mean ${near}?`;
  throw new UsageError("ERR_RUNCACHE_NO_OUTPUT", `the entry ${key} has no file ${JSON.stringify(file)}; ${hint}`, {
    key,
    file,
  });
}

function keysWith(cacheDir: string, prefix: string): string[] {
  try {
    const names = readdirSync(join(cacheDir, prefix.slice(0, 2)));
    return names.filter((name) => name.startsWith(prefix) && isCacheKey(name)).sort();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  }
}

function missing(key: string): never {
  throw new UsageError("ERR_RUNCACHE_NO_ENTRY", `there is no entry ${key}; 'runcache ls' lists those that are`, {
    key,
  });
}
