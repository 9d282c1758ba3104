import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { lstatIfAny } from "../hashing/input-path.js";
import type { KeyParts } from "../key/key-parts.js";
import { below } from "../platform/below.js";
import type { Flow } from "../platform/flow.js";
import { randomName } from "../platform/random-name.js";
import { isSystemError } from "../platform/system-error.js";
import { packageVersion } from "../platform/version.js";
import type { CacheKey } from "../types/brand.js";
import type { JsonObject } from "../types/json.js";
import type { ResourceUsage } from "../types/launcher.js";
import type { Metadata } from "../types/runner.js";
import type { EntryModes } from "./cache-root.js";
import { LAYOUT_VERSION, MANIFEST_PATH, RESERVED_NAME } from "./layout.js";
import { encodeManifest } from "./manifest-codec.js";
import type { Manifest, OutputRecord } from "./manifest.js";
import { recordStream } from "./record-stream.js";
import type { Staging } from "./staging.js";

/** What the caller knows of a run. */
export interface CommitFacts {
  readonly key: CacheKey;
  readonly parts: KeyParts;
  readonly guards: JsonObject;
  /** Names given to `outputFile`. */
  readonly names: readonly string[];
  readonly ignoredParams: readonly string[];
  readonly metadata: Metadata;
  readonly image: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly usage: ResourceUsage | null;
  readonly parents: readonly CacheKey[];
  /** Inputs whose digest rests on the times of a network file system, which the user opted in. */
  readonly networkInputs: readonly number[];
  /** Who made the result, where this process did not. */
  readonly origin?: Origin;
}

/** What the manifest says beside outputs and streams. */
export type RecordedFacts = CommitFacts & Pick<Manifest, "unflushedIn">;

/** Who made a result, and with what. */
export type Origin = Pick<Manifest, "user" | "host" | "versions">;

/**
 * Adds the entry's own record to the outputs in the host directory `outDir`: manifest and streams.
 * @returns the manifest
 * @throws what the file system throws
 */
export function* recordEntry(
  outDir: string,
  streams: Pick<Staging, "stdout" | "stderr">,
  facts: RecordedFacts,
  outputs: readonly OutputRecord[],
  modes: EntryModes,
): Flow<Manifest> {
  const recordDir = below(outDir, RESERVED_NAME);
  mkdirSync(recordDir);
  chmodSync(recordDir, modes.directory);
  const { metadata, startedAt, finishedAt, names, origin = thisProcess(), ...others } = facts;
  const manifest: Manifest = {
    layout: LAYOUT_VERSION,
    nonce: randomName(),
    ...others,
    outputs,
    names: presenceOf(names, outDir),
    stdout: yield* recordStream(streams.stdout, below(recordDir, "stdout.gz"), modes.file),
    stderr: yield* recordStream(streams.stderr, below(recordDir, "stderr.gz"), modes.file),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
    ...origin,
    tool: metadata,
  };
  const path = below(outDir, MANIFEST_PATH);
  writeFileSync(path, encodeManifest(manifest), { flag: "wx" });
  chmodSync(path, modes.file);
  return manifest;
}

function thisProcess(): Origin {
  const versions = { runcache: packageVersion(), node: process.versions.node };
  return { user: userName(), host: hostname(), versions };
}

function presenceOf(names: readonly string[], outDir: string): Record<string, boolean> {
  return Object.fromEntries(names.map((name) => [name, lstatIfAny(below(outDir, name)) !== null]));
}

/** The name of the user that this process had last: the system reads a file to tell it. */
let lastUser: { readonly uid: number | undefined; readonly name: string | null } | undefined;

/** Null where the system has no name for the user (a container with a bare uid). */
function userName(): string | null {
  const uid = process.geteuid?.();
  if (lastUser === undefined || lastUser.uid !== uid) lastUser = { uid, name: askUserName() };
  return lastUser.name;
}

function askUserName(): string | null {
  try {
    return userInfo().username;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}
