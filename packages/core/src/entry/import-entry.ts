import { createReadStream, renameSync, rmdirSync } from "node:fs";
import type { Digests } from "../hashing/digests.js";
import type { Hasher } from "../hashing/hasher.js";
import { jcs } from "../hashing/canonical.js";
import { hashText } from "../hashing/select-hasher.js";
import { runUnblocked } from "../platform/flow.js";
import { RuncacheError } from "../types/errors.js";
import type { JsonValue } from "../types/json.js";
import type { CacheRoot } from "./cache-root.js";
import { commit, type CommitOptions } from "./commit.js";
import type { Entry } from "./entry.js";
import type { Manifest } from "./manifest.js";
import { remember } from "./recent.js";
import type { StagedStream } from "./staged-stream.js";
import { createStaging, type Staging } from "./staging.js";

/** An entry of another cache, unpacked below the directory that `Cache.import` gives. Host paths. */
export interface ForeignEntry {
  /** As `encodeManifest` wrote it there. */
  readonly manifest: Manifest;
  /** Directory of the outputs alone; it is moved away. */
  readonly outputs: string;
  /** Files with the bytes of the streams. */
  readonly stdout: string;
  readonly stderr: string;
}

/** What became of a foreign entry. */
export interface Imported {
  readonly entry: Entry;
  /** `was-there`: an entry with equal guards stood at its place, and stays. */
  readonly status: "stored" | "was-there";
  /** Entry-relative paths of outputs that the entry that stays has otherwise. */
  readonly differing: readonly string[];
}

export interface ImportOptions extends Pick<CommitOptions, "durability"> {
  readonly digests: Digests;
  readonly hasher: Hasher;
}

/**
 * Makes entries of what other caches recorded, by the protocol of a commit. `unpack` fills a throw-away
 * directory, which is on the file system of the cache. Nothing is an entry that is not, byte for byte, what
 * its manifest says; user and host are those of the manifest.
 * @throws RuncacheError `ERR_RUNCACHE_IMPORT_KEY` where a key is not that of its parts,
 * `ERR_RUNCACHE_IMPORT` where the cache refuses an entry; what `unpack` and the file system throw
 */
export async function importEntries(
  root: CacheRoot,
  unpack: (dir: string) => Promise<readonly ForeignEntry[]>,
  options: ImportOptions,
): Promise<readonly Imported[]> {
  const place = createStaging(root);
  try {
    const entries = await unpack(place.outDir);
    for (const { manifest } of entries) checkManifestKey(manifest);
    const imported: Imported[] = [];
    for (const entry of entries) imported.push(await importOne(root, entry, options));
    return imported;
  } finally {
    place.discard();
  }
}

/**
 * Whether the key of a manifest is that of its parts.
 * @throws RuncacheError `ERR_RUNCACHE_IMPORT_KEY` where it is not
 */
export function checkManifestKey({ key, parts }: Manifest): void {
  if (hashText(jcs(parts as unknown as JsonValue)) === key) return;
  const message = `the manifest is of the key ${key}, which is not the key of its parts: it was changed; fetch it again from where it was made`;
  throw new RuncacheError("ERR_RUNCACHE_IMPORT_KEY", message, { key });
}

async function importOne(root: CacheRoot, foreign: ForeignEntry, options: ImportOptions): Promise<Imported> {
  const { manifest } = foreign;
  const staging = createStaging(root);
  try {
    rmdirSync(staging.outDir);
    renameSync(foreign.outputs, staging.outDir);
    await fill(staging.stdout, foreign.stdout);
    await fill(staging.stderr, foreign.stderr);
    return await commitForeign(root, staging, manifest, options);
  } finally {
    staging.discard();
  }
}

async function commitForeign(
  root: CacheRoot,
  staging: Staging,
  manifest: Manifest,
  options: ImportOptions,
): Promise<Imported> {
  const { key, parts, guards, names, ignoredParams, tool, image, exitCode, usage, parents, networkInputs } = manifest;
  const { durationMs, startedAt, finishedAt, user, host, versions } = manifest;
  const facts = { key, parts, guards, ignoredParams, metadata: tool, image, exitCode, usage, parents, networkInputs };
  const outcome = await runUnblocked(
    commit(
      root,
      staging,
      {
        ...facts,
        durationMs,
        names: Object.keys(names),
        startedAt: new Date(startedAt),
        finishedAt: new Date(finishedAt),
        origin: { user, host, versions },
      },
      { ...options, replace: false, expected: manifest },
    ),
  );
  if (outcome.status === "not-stored") {
    const message = `the entry ${key} cannot be taken into ${root.dir}: ${outcome.detail}`;
    throw new RuncacheError("ERR_RUNCACHE_IMPORT", message, { key, reason: outcome.reason });
  }
  const { entry } = outcome;
  remember(root, `${parts.tool.package}/${parts.tool.name}`, { key, parts });
  if (outcome.status === "stored") return { entry, status: "stored", differing: [] };
  return { entry, status: "was-there", differing: outcome.differing };
}

/** Appends what the file `path` holds. */
async function fill(stream: StagedStream, path: string): Promise<void> {
  for await (const chunk of createReadStream(path)) stream.write(chunk as Buffer);
}
