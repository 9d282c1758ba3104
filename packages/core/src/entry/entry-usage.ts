import { existsSync, readdirSync, type Dirent } from "node:fs";
import { lstatIfAny } from "../hashing/input-path.js";
import { bytePath, inputPath, joinBytes, type BytePath } from "../hashing/byte-path.js";
import { isGone } from "../platform/system-error.js";
import { MANIFEST_PATH, PIN_PATH } from "./layout.js";
import { outputBytes, type Manifest } from "./manifest.js";
import { peek } from "./read-manifest.js";

/** When an entry was used, and whether it may go. */
export interface EntryUse {
  /** Last commit or hit, in milliseconds since 1970; of a pinned entry far in the future. */
  readonly usedAtMs: number;
  readonly isPinned: boolean;
}

/** What a place takes up, and what it is good for. */
export interface EntrySize {
  /** Bytes of contents. */
  readonly sizeBytes: number;
  /** Files, directories and links. */
  readonly inodes: number;
  /** Milliseconds that a hit saves; 0 where there is no entry. */
  readonly savesMs: number;
}

/**
 * The use of what stands in the host directory `dir`; null where it is gone.
 * @throws what the file system throws
 */
export function useOf(dir: string): EntryUse | null {
  const stats = lstatIfAny(dir);
  return stats === null ? null : { usedAtMs: stats.mtimeMs, isPinned: existsSync(`${dir}/${PIN_PATH}`) };
}

/**
 * The size of what stands in the host directory `dir`: as its manifest says, else as a walk finds.
 * @throws what the file system throws
 */
export function sizeOf(dir: string): EntrySize {
  const manifest = peek(dir);
  return manifest === null ? { ...walkSize(bytePath(dir)), savesMs: 0 } : sizeByManifest(dir, manifest);
}

/** The entry's directory, `.runcache` and the manifest. */
const OWN_INODES = 3;

/**
 * The size of the entry in the host directory `dir` that has this `manifest`.
 * @throws what the file system throws
 */
export function sizeByManifest(dir: string, manifest: Manifest): EntrySize {
  const streams = [manifest.stdout, manifest.stderr].filter(({ inline }) => inline === null);
  const streamBytes = streams.flatMap(({ members }) => members).reduce((sum, size) => sum + size, 0);
  const manifestBytes = lstatIfAny(`${dir}/${MANIFEST_PATH}`)?.size ?? 0;
  return {
    sizeBytes: outputBytes(manifest) + streamBytes + manifestBytes,
    inodes: manifest.outputs.length + streams.length + OWN_INODES,
    savesMs: manifest.durationMs,
  };
}

function walkSize(dir: BytePath): Omit<EntrySize, "savesMs"> {
  let sizeBytes = 0;
  let inodes = 1;
  for (const item of itemsIn(dir)) {
    const path = joinBytes(dir, bytePath(item.name));
    const size = item.isDirectory() ? walkSize(path) : { sizeBytes: fileBytes(path), inodes: 1 };
    sizeBytes += size.sizeBytes;
    inodes += size.inodes;
  }
  return { sizeBytes, inodes };
}

function itemsIn(dir: BytePath): Dirent<Buffer>[] {
  try {
    return readdirSync(inputPath(dir), { encoding: "buffer", withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function fileBytes(path: BytePath): number {
  return lstatIfAny(inputPath(path))?.size ?? 0;
}
