import { closeSync, constants, fchmodSync, fstatSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { hashText } from "../hashing/select-hasher.js";
import { explainDifferences } from "../key/explain.js";
import type { KeyDifference } from "../key/key-difference.js";
import { readKeyParts, type KeyParts } from "../key/key-parts.js";
import { inputsDigestOf, reduceParts, type ReducedParts } from "../key/reduce-parts.js";
import { debugLog } from "../platform/debug.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import { isCacheKey, type CacheKey } from "../types/brand.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { RECENT_NAME } from "./layout.js";

/** An earlier call of a tool. */
export interface RecentCall {
  readonly key: CacheKey;
  readonly parts: KeyParts;
}

/** As it is kept: large values of `parts`, and many inputs, are digests. */
interface RememberedCall extends RecentCall, ReducedParts {}

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

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;

/** Remembers a stored call of `tool` (`package/name`). Never precious: trouble with the storage is ignored. */
export function remember(root: CacheRoot, tool: string, { key, parts }: RecentCall): void {
  const line = encodeCall({ key, parts, inputsDigest: null }) ?? encodeReduced(key, parts);
  if (line === null) return;
  attempt(() => {
    const file = join(ensureDir(root, RECENT_NAME), fileName(tool));
    if (write(root, file, CREATE | constants.O_APPEND, line) > MOST_FILE_BYTES) cutBack(root, file);
  });
}

/** The earlier call of `tool` that differs least from `parts`, the latest of equals; null where there is none. */
export function nearest(root: CacheRoot, tool: string, parts: KeyParts): NearCall | null {
  let best: NearCall | null = null;
  for (const call of readCalls(join(root.dir, RECENT_NAME, fileName(tool)))) {
    const differences = differencesFrom(call, parts);
    if (best === null || differences.length <= best.differences.length) best = { key: call.key, differences };
  }
  return best;
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

/** The line of a call, or null where it is too long. */
function encodeCall({ key, parts, inputsDigest }: RememberedCall): Buffer | null {
  const call = { key, parts, ...(inputsDigest === null ? {} : { inputs: inputsDigest }) };
  // The line before may have been cut off: a line feed on either side keeps the damage to it.
  const line = Buffer.from(`\n${JSON.stringify(call)}\n`);
  return line.length > MOST_LINE_BYTES ? null : line;
}

function encodeReduced(key: CacheKey, parts: KeyParts): Buffer | null {
  const reduced = reduceParts(parts, MOST_LINE_BYTES / 2);
  return reduced === null ? null : encodeCall({ key, ...reduced });
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
    const line = encodeCall(call) ?? Buffer.alloc(0);
    sizeBytes += line.length;
    if (sizeBytes > MOST_FILE_BYTES / 2) break;
    kept.unshift(line);
  }
  const draft = `${file}.new`; // always the same name: what a crash leaves behind is replaced
  write(root, draft, CREATE | constants.O_TRUNC, Buffer.concat(kept));
  renameSync(draft, file);
}

/** Returns the size of the file afterwards. */
function write(root: CacheRoot, path: string, flags: number, bytes: Buffer): number {
  const fd = openSync(path, flags);
  try {
    if (fstatSync(fd).size === 0) fchmodSync(fd, recordMode(root));
    writeSync(fd, bytes);
    return fstatSync(fd).size;
  } finally {
    closeSync(fd);
  }
}

/** Who may read entries may read this; who may add entries may write it. */
function recordMode({ modes }: CacheRoot): number {
  return modes.file | (modes.directory & 0o222 & (modes.file >> 1));
}

function fileName(tool: string): string {
  return hashText(tool).slice(0, 32);
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
