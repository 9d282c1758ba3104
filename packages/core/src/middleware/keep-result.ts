import { changedSurroundings } from "./changed-surroundings.js";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { commit, type CommitFacts, type CommitOutcome } from "../entry/commit.js";
import { placeDetached } from "../entry/publish.js";
import { keyOfPath } from "../entry/layout.js";
import { lookup } from "../entry/lookup.js";
import { remember } from "../entry/recent.js";
import { isWhole, keepForADay, remakeIfGone, type Staging } from "../entry/staging.js";
import type { Flow } from "../platform/flow.js";
import { isSystemError } from "../platform/system-error.js";
import { warnOnce } from "../platform/warn-once.js";
import { writerOf } from "../platform/writer-of.js";
import type { CacheKey } from "../types/brand.js";
import { AnnouncedPathError, RuncacheError } from "../types/errors.js";
import type { MissReason } from "../types/event.js";
import type { MissExplanation } from "./announce-miss.js";
import { firstChanged, type DigestedInput } from "./digest-inputs.js";
import { durabilityOf } from "./durability.js";
import { guardsOf } from "./guards.js";
import { keepHouse } from "./keep-house.js";
import { lackingNames, shortfall } from "./replay-entry.js";
import type { BaseRun } from "./run-into.js";
import { readRecorded } from "./run-uncached.js";
import { partsOf } from "./seal.js";
import type { NotStored, ServedRun, Serving } from "./serve.js";

/** Why the run happened. */
interface Cause {
  readonly reason: MissReason;
  readonly explain: () => MissExplanation;
}

/**
 * Commits what a run left in `staging`; what cannot be cached is delivered all the same, at the place
 * that was announced.
 * @throws AnnouncedPathError where it cannot be brought there
 */
export function* keepResult(serving: Serving, cause: Cause, staging: Staging, run: BaseRun): Flow<ServedRun> {
  const { context, call, request } = serving;
  const served = {
    status: "miss",
    key: call.key,
    missReason: cause.reason,
    explain: cause.explain,
    exitCode: run.exitCode,
    durationMs: run.result.durationMs,
  } as const;
  const doubt = yield* doubtOf(serving, staging, run);
  const outcome =
    doubt === null ? yield* commitRun(serving, staging, run) : ({ status: "not-stored", ...doubt } as const);
  if (outcome.status === "not-stored") {
    const { reason, detail } = outcome;
    const streams = readRecorded(run, staging, request.keptStreamBytes);
    const outputDir = deliverDetached(serving, staging, detail);
    context.reporter.emit({ type: "not-stored", tool: call.label, key: call.key, reason, detail, outputDir });
    warnOnce(
      "RUNCACHE_NOT_STORED",
      `${call.label} ${reason}`,
      `${call.label} ran, and its result is in ${outputDir}, but it was not cached: ${detail}`,
    );
    request.sink.end();
    return { ...served, outputDir, entry: null, notStored: { reason, detail }, ...streams };
  }
  const { entry } = outcome;
  request.sink.end();
  // Of a lost race it is another run's, which need not have ended in the same way.
  const { exitCode } = entry.manifest;
  return { ...served, exitCode, outputDir: entry.dir, entry, notStored: null, streams: null };
}

/** What speaks against storing the result of a tool that succeeded, or null. */
function* doubtOf(serving: Serving, staging: Staging, { result }: BaseRun): Flow<NotStored | null> {
  const { context, call, execution } = serving;
  const changed = yield* firstChanged(context, call.inputs);
  if (changed !== undefined) condemnParent(serving, changed);
  if (result.doubt !== undefined) return result.doubt;
  if (result.unwritten !== undefined) return { reason: "write-failed", detail: result.unwritten };
  const writing = result.pid === undefined ? null : writerOf([staging.outDir], result.pid);
  if (writing !== null) return { reason: "left-running", detail: `${call.label} ended while ${writing}` };
  if (changed !== undefined) {
    return { reason: "input-changed", detail: `input ${changed.hostPath} changed while ${call.label} ran` };
  }
  if (!guardsOf(call, execution.base, serving.request).equals(serving.guards.value)) {
    return { reason: "tool-changed", detail: `the executable of ${call.label} changed while it was waited for or ran` };
  }
  const surroundings = changedSurroundings(serving);
  if (surroundings !== null) return surroundings;
  if (context.policy.missingOutputs === "error") {
    const lacking = lackingNames(execution.names, (name) => existsSync(join(staging.outDir, name)));
    if (lacking.length > 0) return { reason: "missing-output", detail: `the run did not write ${lacking.join(", ")}` };
  }
  return null;
}

/** An entry whose output changed under a run is no entry any more. */
function condemnParent({ context }: Serving, { hashedPath }: DigestedInput): void {
  const { root, policy, reporter } = context;
  const key = keyOfPath(root.dir, hashedPath);
  if (key === null) return;
  const looked = lookup(root, key, { verify: "digest", hasher: policy.hasher });
  if (looked.status === "found" || looked.reason !== "corrupt") return;
  const { detail, quarantined } = looked;
  reporter.emit({ type: "corrupt", key, detail, quarantined });
}

function* commitRun(serving: Serving, staging: Staging, run: BaseRun): Flow<CommitOutcome> {
  const { context, call, execution, guards } = serving;
  const { root, policy, reporter } = context;
  const parts = partsOf(call);
  const facts: CommitFacts = {
    key: call.key,
    parts,
    guards: guards.value,
    names: [...execution.names.keys()],
    ignoredParams: call.ignoredParams,
    metadata: execution.metadata,
    image: call.image,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    durationMs: run.result.durationMs,
    exitCode: run.exitCode,
    usage: run.result.usage,
    parents: parentsOf(serving),
    networkInputs: call.inputs.flatMap(({ reliesOnNetwork }, index) => (reliesOnNetwork ? [index] : [])),
  };
  const outcome = yield* commit(root, staging, facts, {
    digests: context.digests,
    hasher: policy.hasher,
    durability: durabilityOf(root, policy),
    replace: context.mode === "refresh",
    canUse: (standing) => shortfall(serving, standing) === null,
  });
  if (outcome.status === "not-stored") return outcome;
  const { entry } = outcome;
  const base = { tool: call.label, key: call.key, outputDir: entry.dir };
  if (outcome.status === "lost-race") {
    reporter.emit({ type: "lost-race", ...base, differing: outcome.differing });
  } else {
    const { sizeBytes, files } = outcome;
    reporter.emit({ type: "stored", ...base, durationMs: run.result.durationMs, sizeBytes, files });
  }
  remember(root, call.label, { key: call.key, parts });
  keepHouse(context);
  return outcome;
}

/** Keys of the entries whose outputs were inputs, each once. */
function parentsOf({ context, call }: Serving): CacheKey[] {
  const keys = call.inputs.map(({ hashedPath }) => keyOfPath(context.root.dir, hashedPath));
  return [...new Set(keys)].filter((key) => key !== null);
}

/** Outputs that somebody removed with the cache cannot be delivered. */
function refuseLost(label: string, { names }: Serving["execution"], { outDir }: Staging): void {
  const lacking = lackingNames(names, (name) => name === "." || existsSync(join(outDir, name)));
  if (lacking.length === 0) return;
  throw new AnnouncedPathError(
    outDir,
    `${label} succeeded, but the cache was removed while it ran, and ${lacking.join(", ")} with it: run it again`,
  );
}

/** Brings the outputs to the announced place, without a manifest; returns where they lie: there, or in the kept `staging`. */
function deliverDetached({ context, call, execution }: Serving, staging: Staging, why: string): string {
  if (!isWhole(staging)) refuseLost(call.label, execution, staging);
  remakeIfGone(context.root, staging);
  try {
    return placeDetached(context.root, staging.outDir, call.key);
  } catch (error) {
    if (!isSystemError(error) && !(error instanceof RuncacheError)) throw error;
    if (!execution.announced) {
      staging.keep();
      return staging.outDir;
    }
    keepForADay(staging);
    throw new AnnouncedPathError(
      call.announcedDir,
      `${call.label} succeeded, but its outputs can neither be stored (${why}) nor brought to ${call.announcedDir}, where they were announced (${error.message}). For a day they are kept in ${staging.outDir}, the streams beside: fetch them there, or mend the cache and run again`,
      error,
    );
  }
}
