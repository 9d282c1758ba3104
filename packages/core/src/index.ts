// types
export {
  isCacheKey,
  isDigest,
  makeDigest,
  parseCacheKey,
  type CacheKey,
  type Digest,
  type EntryPath,
} from "./types/brand.js";
export {
  AnnouncedPathError,
  CacheRootError,
  hasCode,
  InputError,
  LaunchError,
  RuncacheError,
  ToolError,
  UsageError,
  type ErrorCode,
  type ErrorFacts,
  type ToolFailure,
} from "./types/errors.js";
export {
  MISS_REASONS,
  NOT_STORED_REASONS,
  type BypassReason,
  type CacheEvent,
  type CacheEventType,
  type Difference,
  type EventListener,
  type MissReason,
  type NotStoredReason,
} from "./types/event.js";
export type { JsonObject, JsonValue } from "./types/json.js";
export type { Launcher, LaunchRequest, LaunchResult, ResourceUsage } from "./types/launcher.js";
export {
  inputOptions,
  type CacheableExecution,
  type CacheableRunner,
  type CaptureRequest,
  type CaptureResult,
  type Execution,
  type InputOptions,
  type LineHandler,
  type Metadata,
  type Runner,
  type RunOptions,
  type RunResult,
} from "./types/runner.js";
// platform
export { checkAccess } from "./platform/check-access.js";
export { perform, runBlocking, runUnblocked, type Flow, type Step } from "./platform/flow.js";
export { debugLog } from "./platform/debug.js";
export { filesystemKind } from "./platform/filesystem-kind.js";
export { pause } from "./platform/pause.js";
export { isDeadHere, processIdentity, type ProcessIdentity } from "./platform/process-identity.js";
export { renewStamp } from "./platform/renew-stamp.js";
export { Turn } from "./platform/turn.js";
export { warnOnce } from "./platform/warn-once.js";
export { writerOf } from "./platform/writer-of.js";
// hashing
export { blake3Wasm } from "./hashing/blake3-wasm.js";
export {
  canonicalText,
  InputReference,
  isPlainArray,
  isPlainObject,
  jcs,
  type CanonicalOptions,
} from "./hashing/canonical.js";
export { Digests, type DigestsOptions, type KnownDigest } from "./hashing/digests.js";
export type { Blake3Hasher, Hasher, HashState } from "./hashing/hasher.js";
export { selectHasher } from "./hashing/select-hasher.js";
// key
export { computeKey, type ComputedKey, type KeySource } from "./key/compute-key.js";
export { environmentDigest, environmentPart } from "./key/environment.js";
export { explainDifferences } from "./key/explain.js";
export { refuseTag, trustTag, type ImageDigestResolver } from "./key/image-tag.js";
export { KEY_VERSION, type EnvPart, type InputPart, type KeyParts, type ToolPart } from "./key/key-parts.js";
export { checkOptionNames, nearestName } from "./key/option-names.js";
export { type CachePolicy } from "./key/policy.js";
// streams
export { readAt } from "./streams/descriptor-bytes.js";
export { forEachLine, LineSplitter } from "./streams/lines.js";
export { LineSink } from "./streams/line-sink.js";
export { readChunks } from "./streams/read-chunks.js";
export { LineTail, tailOfFile } from "./streams/tail.js";
export { writeNewFile, type NewFileOptions } from "./streams/write-new-file.js";
// base
export { copyName } from "./base/copy-name.js";
export { BaseExecution } from "./base/base-execution.js";
export { DataDir } from "./base/data-dir.js";
export type { BackendRequest, BaseInput, ExecutionBackend } from "./base/execution-backend.js";
export { launchWith } from "./base/launch-with.js";
export { closeStreamFiles, openStreamFiles, type StreamFiles } from "./base/stream-files.js";
export { toolError, type FailedStreams } from "./base/tool-error.js";
// entry
export { openRoot, type CacheRoot } from "./entry/cache-root.js";
export { cloneFile } from "./entry/clone-file.js";
export type { Entry } from "./entry/entry.js";
export type { CacheStats, EntryTotals } from "./entry/cache-stats.js";
export type { EntryUse } from "./entry/entry-usage.js";
export { VERDICTS, type Verdict } from "./entry/examine-entry.js";
export { exportOutputs } from "./entry/export.js";
export { checkManifestKey, type ForeignEntry, type Imported } from "./entry/import-entry.js";
export { decodeManifest, encodeManifest, type DecodedManifest } from "./entry/manifest-codec.js";
export { LAYOUT_VERSION } from "./entry/layout.js";
export type { FileRecord, Manifest, OutputRecord, StreamRecord } from "./entry/manifest.js";
export { SHARING, type Marker, type Sharing } from "./entry/marker.js";
export { parseOutputName } from "./entry/output-name.js";
export {
  PRUNE_ORDERS,
  type EvictReason,
  type KeepReason,
  type PruneDecision,
  type PruneLimits,
  type PruneOptions,
  type PruneOrder,
} from "./entry/prune-options.js";
export type { Totals } from "./entry/prune-plan.js";
export type { PruneReport } from "./entry/prune-report.js";
export { readStream, type StreamName } from "./entry/replay-stream.js";
export type { Swept } from "./entry/sweep.js";
export type { VerifyFinding, VerifyOptions, VerifyProgress, VerifyReport } from "./entry/verify.js";
export type { EntryPlace } from "./entry/walk-entries.js";
// middleware
export { Cache, openCache, type OpenCacheOptions } from "./middleware/cache.js";
export type { FunctionCall } from "./middleware/function-execution.js";
export type { NotStored } from "./middleware/serve.js";
export type {
  ComputeCall,
  ComputeContext,
  ComputeFunction,
  ComputeOptions,
  ComputeResult,
} from "./middleware/compute.js";
export { CachingRunner, type CachingRunnerOptions } from "./middleware/caching-runner.js";
export { defaultCacheDir, type CacheOptions } from "./middleware/context-source.js";
export type { ExecIo, ExecOptions, ExecPlan, ExecTool, Explanation } from "./middleware/exec.js";
export { ExecResult } from "./middleware/exec-result.js";
export type { StepFiles, StepStatus } from "./middleware/graph-execution.js";
export type { GraphDirection } from "./middleware/graph-mermaid.js";
export { DryRunner, type DryInput, type DryOutput, type DryRun } from "./middleware/dry-runner.js";
export { GraphRunner, type Graph, type GraphEdge, type GraphStep } from "./middleware/graph-runner.js";
export { bypass, enabled, isBypassed } from "./middleware/scope.js";
export type { Counters } from "./middleware/reporter.js";
