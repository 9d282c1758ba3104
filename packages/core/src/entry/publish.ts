import { lstatSync } from "node:fs";
import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { jcs } from "../hashing/canonical.js";
import type { Hasher } from "../hashing/hasher.js";
import { runBlocking } from "../platform/flow.js";
import { touchNow } from "../platform/touch-now.js";
import type { CacheKey } from "../types/brand.js";
import { hasCode } from "../types/errors.js";
import type { CacheRoot } from "./cache-root.js";
import type { Entry } from "./entry.js";
import { copyOutputs } from "./copy-outputs.js";
import { draftDir, entryDir, RESERVED_NAME } from "./layout.js";
import { lookup } from "./lookup.js";
import type { Manifest } from "./manifest.js";
import { nonceIn, readManifest } from "./read-manifest.js";
import { removeTree } from "./remove-tree.js";
import { openStreams } from "./replay-stream.js";
import { takePlace, type Judgement } from "./take-place.js";

/** What decides at a place that is taken. */
export interface PublishOptions {
  readonly hasher: Hasher;
  /** Replace a valid entry too. */
  readonly replace: boolean;
  /** Whether the caller can use a valid entry with equal guards; it is replaced where not. @default any */
  readonly canUse?: (standing: Manifest) => boolean;
}

/**
 * Renames the host directory `outDir`, which holds `manifest`, to the place of its key. What stands there
 * then decides: a valid entry with equal guards that the caller can use stays; anything else is replaced.
 * @returns the entry that stayed, or null where `outDir` is the entry now
 * @throws what the file system throws, and then nothing was published
 */
export function publish(
  root: CacheRoot,
  outDir: string,
  manifest: Manifest,
  { replace, ...rules }: PublishOptions,
): Entry | null {
  return takePlace(root, manifest.key, outDir, {
    isOurs: (dir) => nonceIn(dir) === manifest.nonce,
    judge: (dir) => (replace ? judgeVersion(dir) : judgeTwin(root, dir, manifest, rules)),
  });
}

/**
 * Brings the outputs in the host directory `outDir` to the place of `key` without a manifest: a detached
 * result, which is no entry for anybody, at the path that was announced.
 * @returns that path
 * @throws what the file system throws
 */
export function placeDetached(root: CacheRoot, outDir: string, key: CacheKey): string {
  try {
    moveDetached(root, outDir, key);
  } catch (error) {
    if (!hasCode(error, "EXDEV")) throw error;
    copyDetached(root, outDir, key);
  }
  return entryDir(root.dir, key);
}

function moveDetached(root: CacheRoot, outDir: string, key: CacheKey): void {
  const stats = lstatSync(outDir);
  if (stats.isDirectory()) {
    removeTree(join(outDir, RESERVED_NAME));
    touchNow(outDir); // a tool may have set it back to where cron deletes it
  }
  takePlace(root, key, outDir, { isOurs: (dir) => lstatIfAny(dir)?.ino === stats.ino, judge: judgeVersion });
}

/** Beside its place first, where bind mounts let nothing be renamed to it. */
function copyDetached(root: CacheRoot, outDir: string, key: CacheKey): void {
  const draft = draftDir(root.dir, key);
  try {
    runBlocking(copyOutputs(outDir, draft));
    moveDetached(root, draft, key);
  } finally {
    removeTree(draft);
  }
}

/** A valid entry with equal guards that the caller can use stays. */
function judgeTwin(
  root: CacheRoot,
  dir: string,
  { key, guards }: Manifest,
  { hasher, canUse = () => true }: Omit<PublishOptions, "replace">,
): Judgement {
  const nonce = nonceIn(dir); // first: whatever takes its place while it is judged has another
  const looked = lookup(root, key, { verify: "stat", hasher });
  if (looked.status === "missing") return looked.reason === "unknown-version" ? NOT_OURS : { verdict: "goes", nonce };
  const { entry } = looked;
  if (jcs(entry.manifest.guards) !== jcs(guards) || !canUse(entry.manifest)) return { verdict: "goes", nonce };
  const { streams } = openStreams(entry); // damaged ones are damage that no lookup sees
  streams?.close();
  return streams === null ? { verdict: "goes", nonce } : { verdict: "stays", entry };
}

/** What was asked for stands above whatever is there, but for what we cannot read. */
function judgeVersion(dir: string): Judgement {
  return readManifest(dir)?.status === "unknown-version" ? NOT_OURS : { verdict: "makes-way" };
}

const NOT_OURS: Judgement = { verdict: "not-ours" };
