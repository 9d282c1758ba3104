import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
  type Stats,
} from "node:fs";
import { rememberedHash } from "../hashing/remembered-hash.js";
import { explainDifferences } from "../key/explain.js";
import type { KeyDifference } from "../key/key-difference.js";
import { readKeyParts, type KeyParts } from "../key/key-parts.js";
import { inputsDigestOf, reduceParts, type ReducedParts } from "../key/reduce-parts.js";
import { debugLog } from "../platform/debug.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import { isCacheKey, type CacheKey } from "../types/brand.js";
import { hasCode } from "../types/errors.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { RECENT_NAME } from "./layout.js";
import { RecentMemo } from "./recent-memo.js";

/** An earlier call of a tool. */
export interface RecentCall {
  readonly key: CacheKey;
  readonly parts: KeyParts;
}

/** As it is kept: large values of `parts`, and many inputs, are digests. */
export interface RememberedCall extends RecentCall, ReducedParts {}

/** An earlier call of a tool, and what differs from it. */
export interface NearCall {
  readonly key: CacheKey;
  readonly differences: readonly KeyDifference[];
}

/** Calls that are looked at, of one tool, and what their file may grow to before it is cut back. */
const KEPT_CALLS = 32;
const MOST_FILE_BYTES = 256 * 1024;
/** Larger calls are remembered in reduced form: they would push everything else out. */
const MOST_LINE_BYTES = 32 * 1024;

const memo = new RecentMemo<RememberedCall>(KEPT_CALLS);

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** Remembers a stored call of `tool` (`package/name`). Never precious: trouble with the storage is ignored. */
export function remember(root: CacheRoot, tool: string, { key, parts }: RecentCall): void {
  const kept = toKeep({ key, parts, inputsDigest: null }) ?? toKeepReduced(key, parts);
  if (kept === null) return;
  const { line, call } = kept;
  attempt(() => {
    const file = fileOf(root, tool);
    const { before, after } = append(root, file, line);
    if (after.size > MOST_FILE_BYTES) cutBack(root, file);
    else if (after.size === before.size + line.length) memo.follow(file, before, after, call);
  });
}

/** The latest calls of `tool`, oldest first. */
export function recentCalls(root: CacheRoot, tool: string): readonly RememberedCall[] {
  const file = fileOf(root, tool);
  const stats = attempt(() => statSync(file));
  if (stats === undefined) return [];
  const known = memo.get(file, stats);
  if (known !== undefined) return known;
  const calls = readCalls(file);
  memo.set(file, stats, calls);
  return calls;
}

/** The one of `calls` that differs least from `parts`, the latest of equals; null where there is none. */
export function nearestOf(calls: readonly RememberedCall[], parts: KeyParts): NearCall | null {
  let best: NearCall | null = null;
  for (const call of calls) {
    const differences = differencesFrom(call, parts);
    if (best === null || differences.length <= best.differences.length) best = { key: call.key, differences };
  }
  return best;
}

/** {@link nearestOf} the latest calls of `tool`. */
export function nearest(root: CacheRoot, tool: string, parts: KeyParts): NearCall | null {
  return nearestOf(recentCalls(root, tool), parts);
}

function differencesFrom(call: RememberedCall, parts: KeyParts): readonly KeyDifference[] {
  const { inputsDigest: before } = call;
  if (before === null) return explainDifferences(call.parts, parts);
  const after = inputsDigestOf(parts);
  const others = explainDifferences(call.parts, { ...parts, inputs: [] });
  return before === after
    ? others
    : [...others, { part: "inputs", name: "inputs", before, after, text: "inputs changed" }];
}

/** A call with its line, or null where that is too long. */
function toKeep(call: RememberedCall): { readonly call: RememberedCall; readonly line: Buffer } | null {
  const { key, parts, inputsDigest } = call;
  // The line before may have been cut off: a line feed on either side keeps the damage to it.
  const line = Buffer.from(
    `\n${JSON.stringify({ key, parts, ...(inputsDigest === null ? {} : { inputs: inputsDigest }) })}\n`,
  );
  return line.length > MOST_LINE_BYTES ? null : { call, line };
}

function toKeepReduced(key: CacheKey, parts: KeyParts): ReturnType<typeof toKeep> {
  const reduced = reduceParts(parts, MOST_LINE_BYTES / 2);
  return reduced === null ? null : toKeep({ key, ...reduced });
}

/** Oldest first, damaged lines left out. */
function readCalls(file: string): RememberedCall[] {
  const text = attempt(() => readFileSync(file, "utf8")) ?? "";
  const lines = text.split("\n").filter((line) => line !== "");
  return lines
    .slice(-KEPT_CALLS)
    .map(parseCall)
    .filter((call) => call !== null);
}

function parseCall(line: string): RememberedCall | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null; // cut off, or written by two at once
    throw error;
  }
  const { key, parts, inputs = null } = (value ?? {}) as Partial<Record<"key" | "parts" | "inputs", unknown>>;
  const read = readKeyParts(parts);
  if (typeof key !== "string" || !isCacheKey(key) || read === null) return null;
  return { key, parts: read, inputsDigest: typeof inputs === "string" ? inputs : null };
}

/** Keeps the latest calls that fill no more than half the room; those that others add meanwhile may be lost. */
function cutBack(root: CacheRoot, file: string): void {
  const kept: Buffer[] = [];
  let sizeBytes = 0;
  for (const call of readCalls(file).reverse()) {
    const line = toKeep(call)?.line ?? Buffer.alloc(0);
    sizeBytes += line.length;
    if (sizeBytes > MOST_FILE_BYTES / 2) break;
    kept.unshift(line);
  }
  const draft = `${file}.new`; // always the same name: what a crash leaves behind is replaced
  write(root, draft, CREATE | constants.O_TRUNC, Buffer.concat(kept));
  renameSync(draft, file);
}

/** Appends to the file, and makes it where there is none. Returns what it was before and after. */
function append(root: CacheRoot, path: string, bytes: Buffer): { readonly before: Stats; readonly after: Stats } {
  try {
    return write(root, path, CREATE | constants.O_APPEND, bytes);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    ensureDir(root, RECENT_NAME);
    return write(root, path, CREATE | constants.O_APPEND, bytes);
  }
}

function write(root: CacheRoot, path: string, flags: number, bytes: Buffer): { before: Stats; after: Stats } {
  const fd = openSync(path, flags);
  try {
    const before = fstatSync(fd);
    if (before.size === 0) fchmodSync(fd, recordMode(root));
    writeSync(fd, bytes);
    return { before, after: fstatSync(fd) };
  } finally {
    closeSync(fd);
  }
}

/** Who may read entries may read this; who may add entries may write it. */
function recordMode({ modes }: CacheRoot): number {
  return modes.file | (modes.directory & 0o222 & (modes.file >> 1));
}

function fileOf({ dir }: CacheRoot, tool: string): string {
  return `${dir}/${RECENT_NAME}/${rememberedHash(tool).slice(0, 32)}`;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (!isGone(error)) debugLog("recent", "%s", error.message);
    return undefined;
  }
}
