import { join, relative } from "node:path";
import type { Digests } from "../hashing/digests.js";
import type { FileDigest } from "../hashing/file-digest.js";
import type { Hasher } from "../hashing/hasher.js";
import { below } from "../platform/below.js";
import type { Flow } from "../platform/flow.js";
import { explainStorageError } from "../platform/free-space.js";
import { processIdentity } from "../platform/process-identity.js";
import { isSystemError } from "../platform/system-error.js";
import { warnOnce } from "../platform/warn-once.js";
import { hasCode, InputError } from "../types/errors.js";
import type { NotStoredReason } from "../types/event.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { copyOutputs } from "./copy-outputs.js";
import { differingOutputs } from "./differing-outputs.js";
import type { Entry } from "./entry.js";
import { flush, flushOne } from "./flush.js";
import { draftDir, entryDir, MANIFEST_PATH, RESERVED_NAME, shardDir, shardName } from "./layout.js";
import { outputBytes, type Manifest, type OutputRecord } from "./manifest.js";
import { OutputRefused } from "./output-refused.js";
import { publish } from "./publish.js";
import { recordEntry, type CommitFacts } from "./record-entry.js";
import { removeTree } from "./remove-tree.js";
import { STREAM_NAMES } from "./replay-stream.js";
import { scanOutputs, type ScannedOutput } from "./scan-outputs.js";
import { isWhole, touchStaging, type Staging } from "./staging.js";

export type { CommitFacts } from "./record-entry.js";

/** How outputs are committed. */
export interface CommitOptions {
  readonly digests: Digests;
  readonly hasher: Hasher;
  /** `safe`: all data is on disk before the entry is visible; `full`: so is its name when this returns. */
  readonly durability: "none" | "safe" | "full";
  /** Replace a valid entry too. */
  readonly replace: boolean;
  /** Whether the caller can use a valid entry that was there first; it is replaced where not. @default any */
  readonly canUse?: (standing: Manifest) => boolean;
  /** What the outputs and streams must be, where another cache recorded them. */
  readonly expected?: Manifest;
}

/** Longer runs touch their staging directory before the commit, milliseconds: cron takes those of a day. */
const KEPT_YOUNG_MS = 60_000;

/** What became of a run's outputs. */
export type CommitOutcome =
  | {
      readonly status: "stored";
      readonly entry: Entry;
      readonly sizeBytes: number;
      /** Number of paths: files, directories and links. */
      readonly files: number;
    }
  | {
      /** An equal entry was there first; it stays. */
      readonly status: "lost-race";
      readonly entry: Entry;
      /** Entry-relative paths that differ between the two runs. */
      readonly differing: readonly string[];
    }
  | { readonly status: "not-stored"; readonly reason: NotStoredReason; readonly detail: string };

/**
 * Makes an entry of what a run left in `staging` (DESIGN §7 "Miss"): walks and hashes the outputs,
 * records the streams, writes the manifest, flushes, renames. Trouble of the storage is an outcome; the
 * outputs then still lie in the staging directory.
 */
export function* commit(
  root: CacheRoot,
  staging: Staging,
  facts: CommitFacts,
  options: CommitOptions,
): Flow<CommitOutcome> {
  try {
    if (facts.durationMs > KEPT_YOUNG_MS) touchStaging(staging.dir);
    return yield* commitFrom(staging.outDir, root, staging, facts, options);
  } catch (error) {
    if (!hasCode(error, "EXDEV")) return notStored(root, staging, error);
  }
  // Bind mounts and project quotas keep apart what is one file system; a copy lies on the right side.
  const draft = draftDir(root.dir, facts.key);
  try {
    ensureDir(root, shardName(facts.key));
    yield* copyOutputs(staging.outDir, draft);
    return yield* commitFrom(draft, root, staging, facts, options);
  } catch (error) {
    return notStored(root, staging, error);
  } finally {
    removeTree(draft);
  }
}

function* commitFrom(
  outDir: string,
  root: CacheRoot,
  staging: Staging,
  facts: CommitFacts,
  { digests, durability, expected, ...rules }: CommitOptions,
): Flow<CommitOutcome> {
  const dir = entryDir(root.dir, facts.key);
  const scanned = yield* scanOutputs(outDir, dir, root.modes);
  const outputs = yield* digestOutputs(outDir, scanned, digests);
  const mustFlush = durability !== "none" && !root.isVolatile;
  const recorded = mustFlush || root.isVolatile ? facts : { ...facts, unflushedIn: processIdentity().bootId };
  const manifest = yield* recordEntry(outDir, staging, recorded, outputs, root.modes);
  if (expected !== undefined) refuseOthers(manifest, expected);
  if (mustFlush) yield* flush(outDir, pathsToFlush(outDir, manifest));
  if (!isWhole(staging)) return removedMeanwhile(outDir);
  const winner = publish(root, outDir, manifest, rules);
  if (winner !== null) {
    return { status: "lost-race", entry: winner, differing: differingOutputs(winner.manifest.outputs, outputs) };
  }
  if (mustFlush && durability === "full") flushName(root, facts);
  const entry = { key: facts.key, dir, manifest };
  return { status: "stored", entry, sizeBytes: outputBytes(manifest), files: outputs.length };
}

/** What is not what another cache recorded is no result of the run. */
function refuseOthers(manifest: Manifest, expected: Manifest): void {
  const differing = differingOutputs(expected.outputs, manifest.outputs);
  for (const name of STREAM_NAMES) {
    if (manifest[name].digest !== expected[name].digest) differing.push(`(${name})`);
  }
  if (differing.length === 0) return;
  throw new OutputRefused(`${differing.join(", ")} is not what the manifest says`);
}

/** Hashes every file once, after its mode is final: its times do not change any more. */
function* digestOutputs(
  outDir: string,
  scanned: readonly ScannedOutput[],
  digests: Digests,
): Flow<readonly OutputRecord[]> {
  const paths = scanned.filter(({ kind }) => kind === "file").map(({ path }) => below(outDir, path));
  const found = (yield* digests.outputs(paths)).values();
  return scanned.map((output) => {
    if (output.kind !== "file") return output;
    const { digest, fingerprint } = found.next().value as FileDigest;
    const { kind, path, mode } = output;
    const { sizeBytes, mtimeNs } = fingerprint;
    return { kind, path, sizeBytes: Number(sizeBytes), mode, mtimeNs: String(mtimeNs), digest };
  });
}

function pathsToFlush(outDir: string, { outputs, stdout, stderr }: Manifest): string[] {
  const paths = outputs.filter(({ kind }) => kind !== "link").map(({ path }) => path);
  if (stdout.inline === null) paths.push(`${RESERVED_NAME}/stdout.gz`);
  if (stderr.inline === null) paths.push(`${RESERVED_NAME}/stderr.gz`);
  return [...paths, MANIFEST_PATH, RESERVED_NAME, ""].map((path) => join(outDir, path));
}

/** The entry is there, whatever becomes of this. */
function flushName(root: CacheRoot, { key }: CommitFacts): void {
  try {
    flushOne(shardDir(root.dir, key));
    flushOne(root.dir);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    warnOnce(
      "RUNCACHE_NOT_FLUSHED",
      root.dir,
      `the name of the entry ${key} may not survive a power cut: ${error.message}`,
    );
  }
}

/** What is still there may be half of it. */
function removedMeanwhile(outDir: string): CommitOutcome {
  removeTree(join(outDir, RESERVED_NAME));
  return { status: "not-stored", reason: "write-failed", detail: "the cache was removed while the tool ran" };
}

function notStored(root: CacheRoot, staging: Staging, error: unknown): CommitOutcome {
  if (error instanceof OutputRefused) return { status: "not-stored", reason: "output-refused", detail: error.message };
  removeTree(join(staging.outDir, RESERVED_NAME)); // our own record, which is not delivered
  if (error instanceof InputError) {
    const name = relative(staging.outDir, error.path);
    return {
      status: "not-stored",
      reason: "output-refused",
      detail: `output ${name} did not hold still: ${error.message}`,
    };
  }
  if (!isSystemError(error)) throw error;
  return { status: "not-stored", reason: "write-failed", detail: explainStorageError(error, root.dir) };
}
