import { lstatIfAny } from "../hashing/input-path.js";
import type { Hasher } from "../hashing/hasher.js";
import type { Flow } from "../platform/flow.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import { InputError } from "../types/errors.js";
import { outputFault, unlisted, type Fault } from "./check-entry.js";
import type { DecodedManifest } from "./manifest-codec.js";
import type { Manifest, OutputRecord } from "./manifest.js";
import { readManifest } from "./read-manifest.js";
import { openStreams } from "./replay-stream.js";
import { unlistedPaths } from "./unlisted-paths.js";
import type { EntryPlace } from "./walk-entries.js";

/**
 * What a place holds: a sound entry; proven damage; outputs as they were, and beside them files that no
 * run wrote; no entry (a result that was not cached, or a
 * half-deleted entry); one of another version of runcache; one that cannot be read or judged.
 */
export const VERDICTS = ["sound", "corrupt", "unlisted", "incomplete", "unknown-version", "unreadable"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What is known of a place after all of it was read. */
export interface Examination {
  readonly verdict: Verdict;
  /** Everything that is wrong, for people. */
  readonly details: readonly string[];
  /** Null where there is no valid one. */
  readonly manifest: Manifest | null;
}

/**
 * Reads all of what stands at `place`; null where it went away, or was replaced, meanwhile. Trouble of
 * the storage is a verdict.
 */
export function* examineEntry(place: EntryPlace, hasher: Hasher): Flow<Examination | null> {
  const { key, dir } = place;
  const decoded = read(dir);
  if (decoded === null) return isThere(dir) ? without("incomplete", "it has no manifest") : null;
  if (decoded instanceof Error) return without("unreadable", decoded.message);
  if (decoded.status !== "ok") {
    return without(decoded.status === "corrupt" ? "incomplete" : decoded.status, decoded.detail);
  }
  const { manifest } = decoded;
  const faults: Fault[] = [];
  if (manifest.key !== key) faults.push({ detail: `it is the entry of ${manifest.key}`, isProof: true });
  for (const output of manifest.outputs) {
    const fault = yield* examineOutput(dir, output, hasher);
    if (fault !== null) faults.push(fault);
  }
  faults.push(...examineRest(dir, manifest));
  const { streams, fault } = openStreams({ key, dir, manifest });
  streams?.close();
  if (fault !== null) faults.push({ detail: fault.detail, isProof: fault.reason === "corrupt" });
  if (faults.length > 0 && !isStill(dir, manifest)) return null;
  return { verdict: verdictOf(faults), details: faults.map(({ detail }) => detail), manifest };
}

function* examineOutput(dir: string, output: OutputRecord, hasher: Hasher): Flow<Fault | null> {
  try {
    return yield* outputFault(dir, output, { verify: "digest", hasher });
  } catch (error) {
    if (!(error instanceof InputError) && !isSystemError(error)) throw error;
    return { detail: `${output.path} cannot be read (${error.message})`, isProof: false };
  }
}

function examineRest(dir: string, manifest: Manifest): readonly Fault[] {
  try {
    return Array.from(unlistedPaths(dir, manifest), unlisted);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return [{ detail: `its directories cannot be read (${error.message})`, isProof: false }];
  }
}

function verdictOf(faults: readonly Fault[]): Verdict {
  if (faults.length === 0) return "sound";
  const proofs = faults.filter(({ isProof }) => isProof);
  if (proofs.length === 0) return "unreadable";
  return proofs.every(({ isUnlisted }) => isUnlisted) ? "unlisted" : "corrupt";
}

function without(verdict: Verdict, detail: string): Examination {
  return { verdict, details: [detail], manifest: null };
}

function read(dir: string): DecodedManifest | Error | null {
  try {
    return readManifest(dir);
  } catch (error) {
    if (isSystemError(error)) return isGone(error) ? null : error;
    throw error;
  }
}

function isThere(dir: string): boolean {
  return lstatIfAny(dir) !== null;
}

/** A prune or a commit may have taken the entry away while it was read. */
function isStill(dir: string, { nonce }: Manifest): boolean {
  const decoded = read(dir);
  return decoded instanceof Error || (decoded?.status === "ok" && decoded.manifest.nonce === nonce);
}
