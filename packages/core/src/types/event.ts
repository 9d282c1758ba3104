import type { CacheKey } from "./brand.js";

/** Why a lookup did not end in a hit. */
export const MISS_REASONS = [
  "absent", // nothing stands at the key's place
  "incomplete", // a directory without a valid manifest: a detached result, a half-deleted entry
  "corrupt", // bytes, kinds or sizes are not those of the manifest
  "unknown-version", // made by another layout of runcache
  "guards", // the command line or the executable differs from the entry's
  "missing-output", // policy.missingOutputs is "error" and a wanted name is not in the entry
  "exit-code", // the entry's exit code is none that this call accepts
  "refresh", // RUNCACHE=refresh
  "unreadable", // the entry may be fine, but reading it failed (EIO, EMFILE, EACCES)
  "vanished", // the entry went away between lookup and replay
] as const;
export type MissReason = (typeof MISS_REASONS)[number];

/** Why a result was delivered without being stored. */
export const NOT_STORED_REASONS = [
  "input-changed", // an input changed while the tool ran
  "tool-changed", // the tool's executable was replaced between the look at it and the end of the run
  "environment-changed", // a variable, or what else of the runner is in the key, changed between the key and the run
  "output-refused", // an output that no entry can hold: dangling link, link to a directory outside, FIFO, bad name
  "read-only", // RUNCACHE=read-only, or the cache cannot be written
  "write-failed", // disk full, flush failed, …
  "image-moved", // another image ran than the one in the key
  "undeclared-write", // the run wrote what nobody declared, and was to be watched for that
  "missing-output", // policy.missingOutputs is "error" and the run did not write a wanted name
  "left-running", // the tool left a process that had to be ended, or that still writes an output
] as const;
export type NotStoredReason = (typeof NOT_STORED_REASONS)[number];

/** Why a call was not looked up at all. */
export type BypassReason = "scope" | "policy" | "environment" | "not-cacheable" | "unusable-root";

/** One difference between the wanted key parts and those of the nearest entry. */
export interface Difference {
  /** The key part: `params`, `inputs`, `image`, … */
  readonly part: string;
  /** What in it: `params.fractional_intensity`, `t1.nii.gz`, … */
  readonly name: string;
  /** A sentence piece for people: `params.fractional_intensity 0.5 → 0.4`. */
  readonly text: string;
}

interface Outcome {
  /** `package/name` of the tool. */
  readonly tool: string;
  readonly key: CacheKey;
}

/** Every outcome of the cache. Counters, `debug`, progress, the command and the dashboard consume it. */
export type CacheEvent =
  | (Outcome & {
      readonly type: "hit";
      /** Host path of the entry. */
      readonly outputDir: string;
      /** Milliseconds that the tool took when the entry was made. */
      readonly savedMs: number;
    })
  | (Outcome & {
      readonly type: "miss";
      readonly reason: MissReason;
      /** The whole explanation for people. */
      readonly explanation: string;
      /** Key of the nearest earlier entry of the tool, or null. */
      readonly nearest: CacheKey | null;
      /** What differs from it, most telling first. */
      readonly differences: readonly Difference[];
    })
  | { readonly type: "bypass"; readonly tool: string; readonly reason: BypassReason }
  | (Outcome & {
      readonly type: "stored";
      readonly outputDir: string;
      readonly durationMs: number;
      readonly sizeBytes: number;
      readonly files: number;
    })
  | (Outcome & {
      /** Another run committed the same key first; its entry stays and serves this caller too. */
      readonly type: "lost-race";
      readonly outputDir: string;
      /** Entry-relative paths whose content differs: the tool is nondeterministic. */
      readonly differing: readonly string[];
    })
  | (Outcome & {
      readonly type: "not-stored";
      readonly reason: NotStoredReason;
      readonly detail: string;
      /** Host path where the result lies. */
      readonly outputDir: string;
    })
  | (Outcome & {
      readonly type: "waited";
      /** Milliseconds spent waiting for another run of the same key. */
      readonly waitedMs: number;
    })
  | {
      readonly type: "corrupt";
      readonly key: CacheKey;
      readonly detail: string;
      /** Whether the entry was moved out of the way. */
      readonly quarantined: boolean;
    }
  | { readonly type: "evicted"; readonly key: CacheKey; readonly sizeBytes: number; readonly reason: string }
  | {
      /** Trouble of the cache that fails no run. */
      readonly type: "trouble";
      readonly code: string;
      readonly message: string;
      readonly cause?: unknown;
    };

export type CacheEventType = CacheEvent["type"];

/** Consumes events; what it throws is reported as a warning and never fails a run. */
export type EventListener = (event: CacheEvent) => void;
