import { posix } from "node:path";
import type { Entry } from "../entry/entry.js";
import type { Manifest } from "../entry/manifest.js";
import { openStreams, type EntryStreams, type StreamsFault } from "../entry/replay-stream.js";
import { bump } from "../entry/touch.js";
import { condemn } from "../entry/trash.js";
import { warnOnce } from "../platform/warn-once.js";
import { guardDifference } from "./guards.js";
import type { Miss } from "./look.js";
import type { ServedRun, Serving } from "./serve.js";

/** What came of an entry: the call is served, or there is a miss after all. */
export type Replay = { readonly run: ServedRun; readonly miss: null } | { readonly run: null; readonly miss: Miss };

/**
 * Serves the call from `entry`, which was looked up already: holds it against what only the run knows,
 * bumps it, replays its streams. Any doubt is a miss.
 * @throws what a handler throws
 */
export function replayEntry(serving: Serving, entry: Entry): Replay {
  const miss = misfit(serving, entry);
  if (miss !== null) return { run: null, miss };
  const { streams, fault } = openStreams(entry);
  if (fault !== null) return { run: null, miss: condemnDamaged(serving, entry, fault) };
  try {
    return serveFrom(serving, entry, streams);
  } finally {
    streams.close();
  }
}

function serveFrom(serving: Serving, entry: Entry, streams: EntryStreams): Replay {
  const { context, call, request } = serving;
  if (context.mode !== "read-only" && bump(entry) === "vanished") {
    return { run: null, miss: { reason: "vanished", detail: "the entry was removed while it was looked at" } };
  }
  const { exitCode, durationMs } = entry.manifest;
  context.reporter.emit({
    type: "hit",
    tool: call.label,
    key: call.key,
    outputDir: entry.dir,
    savedMs: durationMs,
  });
  replay(streams, request.sink);
  return {
    miss: null,
    run: {
      status: "hit",
      key: call.key,
      missReason: null,
      explain: null,
      outputDir: entry.dir,
      exitCode,
      durationMs,
      entry,
      notStored: null,
      streams: null,
    },
  };
}

/** Streams are read only now; their damage is as good a proof as that of an output. */
function condemnDamaged({ context }: Serving, { key, manifest }: Entry, fault: StreamsFault): Miss {
  if (fault.reason === "corrupt") {
    const quarantined = condemn(context.root, key, manifest.nonce) === "condemned";
    context.reporter.emit({ type: "corrupt", key, detail: fault.detail, quarantined });
  }
  return fault;
}

/** What only the run knows and the entry does not satisfy, or null. */
export function misfit(serving: Serving, { manifest }: Entry): Miss | null {
  const { context, call, guards } = serving;
  if (context.policy.guards === "check" && !guards.equals(manifest.guards)) {
    const differing = guardDifference(manifest.guards, guards);
    warnOnce(
      "RUNCACHE_GUARDS",
      `${call.key} ${guards.text}`,
      `two tools share one key for ${call.label} (${call.key.slice(0, 16)}…): ${differing} changed, so the entry is replaced. To keep both, name what tells them apart in the runner's 'toolchain', or in policy.extra`,
    );
    return { reason: "guards", detail: `${differing} changed` };
  }
  return shortfall(serving, manifest);
}

/** What the caller asks of a result and the entry does not have, or null. */
export function shortfall({ context, execution, request }: Serving, manifest: Manifest): Miss | null {
  if (!request.okExitCodes.includes(manifest.exitCode)) {
    return { reason: "exit-code", detail: `the entry holds exit code ${manifest.exitCode}` };
  }
  if (context.policy.missingOutputs === "error") {
    const lacking = lackingNames(execution.names, (name) => entryHas(manifest, name));
    if (lacking.length > 0) return { reason: "missing-output", detail: `the entry lacks ${lacking.join(", ")}` };
  }
  return null;
}

/** A name that nobody asked for when the entry was made may be there all the same. */
function entryHas({ names, outputs }: Manifest, name: string): boolean {
  if (Object.hasOwn(names, name)) return names[name] === true;
  const path = posix.normalize(name).replace(/\/$/, "");
  return path === "." || outputs.some((output) => output.path === path);
}

/** The wanted names that are not optional and not there. */
export function lackingNames(names: ReadonlyMap<string, boolean>, has: (name: string) => boolean): readonly string[] {
  return [...names].filter(([name, optional]) => !optional && !has(name)).map(([name]) => name);
}

function replay(streams: EntryStreams, sink: Serving["request"]["sink"]): void {
  if (sink.stdout !== undefined) for (const chunk of streams.chunks("stdout")) sink.stdout(chunk);
  if (sink.stderr !== undefined) for (const chunk of streams.chunks("stderr")) sink.stderr(chunk);
  sink.end();
}
