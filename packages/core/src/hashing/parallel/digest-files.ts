import { perform, type Flow } from "../../platform/flow.js";
import { blake3Wasm } from "../blake3-wasm.js";
import { breather } from "../breather.js";
import { digestBelow, type FileDigest } from "../file-digest.js";
import type { Hasher } from "../hasher.js";
import type { InputPath } from "../input-path.js";
import { selectHasher } from "../select-hasher.js";
import { FileBatch } from "./file-batch.js";
import { helperPool, type Helper } from "./helper-pool.js";

/** How files are read. */
export interface DigestFilesOptions {
  readonly hasher: Hasher;
  readonly noFollow: boolean;
  /** Files of this size and more are not read. */
  readonly limitBytes: number;
}

/** Null for a file that is too large. */
type Results = (FileDigest | null)[];

/**
 * Digests of the regular files at `paths`, in their order; null for those that are too large. Much work
 * is shared with helper threads.
 * @throws InputError as `fileDigest` does, for one of the files that fail
 */
export function* digestFiles(paths: readonly InputPath[], options: DigestFilesOptions): Flow<Results> {
  const results: Results = [];
  const breathe = breather();
  let startMs = performance.now();
  for (const [index, path] of paths.entries()) {
    if (index === 1) startMs = performance.now(); // the first one may have loaded the hasher
    if (isWorthSharing(performance.now() - startMs, index - 1, paths.length) && isOurs(options.hasher)) {
      const rest = yield* digestShared(paths.slice(index), options);
      if (rest !== null) return [...results, ...rest];
    }
    results.push(yield* digestBelow(path, options.limitBytes, options));
    yield* breathe();
  }
  return results;
}

/** No prediction before this. */
const TRIAL_MS = 2;

function isWorthSharing(elapsedMs: number, done: number, all: number): boolean {
  return done > 0 && elapsedMs >= TRIAL_MS && (elapsedMs / done) * (all - done) >= helperPool().worthMs;
}

/** Other threads can have our hashers only. */
function isOurs(hasher: Hasher): boolean {
  return hasher === selectHasher() || hasher === blake3Wasm;
}

/** Without a sign of life for so long, the caller does what a helper has taken. */
const PATIENCE_MS = 5000;

/** `digestFiles` together with helpers; null where there are none. */
function* digestShared(paths: readonly InputPath[], options: DigestFilesOptions): Flow<Results | null> {
  const { limitBytes, noFollow, hasher } = options;
  const batch = FileBatch.of(paths, { limitBytes, noFollow, wasm: hasher !== selectHasher() });
  const helpers = helperPool().enlist({ kind: "digest", batch: batch.data }, paths.length - 1);
  if (helpers.length === 0) return null;
  const results: (FileDigest | null | undefined)[] = Array.from(paths, () => undefined);
  try {
    const breathe = breather();
    for (let index = batch.take(); index !== null; index = batch.take()) {
      results[index] = yield* digestBelow(batch.path(index), limitBytes, options);
      yield* breathe();
    }
    yield* waitFor(helpers, batch, results);
  } finally {
    batch.cancel();
  }
  for (const [index, path] of paths.entries()) {
    // What failed elsewhere fails here too, by its name, or was a trouble of that thread.
    if (results[index] === undefined) results[index] = batch.get(index);
    if (results[index] === undefined) results[index] = yield* digestBelow(path, limitBytes, options);
  }
  return results as Results;
}

function* waitFor(helpers: readonly Helper[], batch: FileBatch, results: readonly unknown[]): Flow<void> {
  const due = [...results.keys()].filter((index) => results[index] === undefined);
  yield* perform({
    sync: () => batch.wait(due, PATIENCE_MS),
    async: async () => void (await Promise.all(helpers.map((helper) => helper.finished()))),
  });
}
