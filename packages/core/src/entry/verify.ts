import type { Hasher } from "../hashing/hasher.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { checkOptionNames } from "../key/option-names.js";
import { runUnblocked } from "../platform/flow.js";
import type { CacheKey } from "../types/brand.js";
import type { CacheRoot } from "./cache-root.js";
import { examineEntry, type Examination, type Verdict } from "./examine-entry.js";
import { outputBytes } from "./manifest.js";
import { condemn } from "./trash.js";
import { walkEntries, type EntryPlace } from "./walk-entries.js";

/** Options of `verify`. */
export interface VerifyOptions {
  /** Remove the entries that are proven to be damaged, or hold what no run wrote; the next call makes them anew. @default false */
  readonly repair?: boolean;
  /** The hasher of outputs. @default BLAKE3 */
  readonly hasher?: Hasher;
  /** Receives every place that does not hold a sound entry. */
  readonly onFinding?: (finding: VerifyFinding) => void;
  /** Receives the state after every place. */
  readonly onProgress?: (progress: VerifyProgress) => void;
  /** Stops between two entries. */
  readonly signal?: AbortSignal;
}

/** A place that does not hold a sound entry. */
export interface VerifyFinding extends EntryPlace {
  readonly key: CacheKey;
  readonly verdict: Exclude<Verdict, "sound">;
  /** Everything that is wrong, for people. */
  readonly details: readonly string[];
  /** Whether the entry was removed. */
  readonly removed: boolean;
}

/** How far a verification is. */
export interface VerifyProgress {
  readonly places: number;
  /** Places that there were at the start. */
  readonly allPlaces: number;
  /** Contents read so far. */
  readonly sizeBytes: number;
  readonly elapsedMs: number;
}

/** What a verification found. */
export interface VerifyReport {
  readonly places: number;
  readonly byVerdict: Readonly<Record<Verdict, number>>;
  /** Entries that were removed. */
  readonly removed: number;
  readonly sizeBytes: number;
  readonly elapsedMs: number;
}

/**
 * Reads every entry of `root` again and holds it against its manifest. Goes on after errors, and past
 * entries that go away meanwhile.
 * @throws UsageError `ERR_RUNCACHE_UNKNOWN_OPTION`; the signal's reason; what listing the cache throws
 */
export async function verify(root: CacheRoot, options: VerifyOptions = {}): Promise<VerifyReport> {
  checkOptionNames("verify", options, ["repair", "hasher", "onFinding", "onProgress", "signal"]);
  const { repair = false, hasher = selectHasher(), onFinding, onProgress, signal } = options;
  const startMs = performance.now();
  const allPlaces = await countPlaces(root, signal);
  const byVerdict = { sound: 0, corrupt: 0, unlisted: 0, incomplete: 0, "unknown-version": 0, unreadable: 0 };
  const state = { places: 0, sizeBytes: 0, removed: 0, elapsedMs: 0 };
  for await (const place of walkEntries(root)) {
    signal?.throwIfAborted();
    const examination = await runUnblocked(examineEntry(place, hasher));
    if (examination === null) continue;
    const { verdict, details, manifest } = examination;
    if (verdict !== "sound") {
      const removed = repair && remove(root, place, examination);
      if (removed) state.removed += 1;
      onFinding?.({ ...place, verdict, details, removed });
    }
    byVerdict[verdict] += 1;
    state.places += 1;
    state.sizeBytes += manifest === null ? 0 : outputBytes(manifest);
    state.elapsedMs = performance.now() - startMs;
    const { places, sizeBytes, elapsedMs } = state;
    onProgress?.({ places, allPlaces, sizeBytes, elapsedMs });
  }
  return { ...state, byVerdict };
}

function remove(root: CacheRoot, { key }: EntryPlace, { verdict, manifest }: Examination): boolean {
  return (
    (verdict === "corrupt" || verdict === "unlisted") &&
    manifest !== null &&
    condemn(root, key, manifest.nonce) === "condemned"
  );
}

async function countPlaces(root: CacheRoot, signal: AbortSignal | undefined): Promise<number> {
  const places = walkEntries(root);
  let count = 0;
  while ((await places.next()).done !== true) {
    signal?.throwIfAborted();
    count += 1;
  }
  return count;
}
