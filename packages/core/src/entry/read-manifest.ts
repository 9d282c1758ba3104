import { closeSync, constants, openSync, readSync } from "node:fs";
import { isGone, isSystemError } from "../platform/system-error.js";
import type { CacheKey } from "../types/brand.js";
import { hasCode } from "../types/errors.js";
import type { Entry } from "./entry.js";
import { MANIFEST_PATH } from "./layout.js";
import { decodeManifest, type DecodedManifest } from "./manifest-codec.js";
import type { Manifest } from "./manifest.js";

/**
 * What the manifest of the host directory `dir` says, or null where there is none.
 * @param decode how its bytes, valid only during the call, are read
 * @throws what reading throws
 */
export function readManifest(dir: string, decode = decodeManifest): DecodedManifest | null {
  const bytes = readBytes(`${dir}/${MANIFEST_PATH}`);
  return bytes === null ? null : decode(bytes);
}

/**
 * The manifest of the host directory `dir`, or null where it has no valid one. Outputs are not looked at.
 * @throws what reading throws
 */
export function peek(dir: string): Manifest | null {
  const decoded = readManifest(dir);
  return decoded?.status === "ok" ? decoded.manifest : null;
}

/** The nonce of the entry in the host directory `dir`, or null where there is no valid manifest, or none can be read. */
export function nonceIn(dir: string): string | null {
  try {
    return peek(dir)?.nonce ?? null;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/**
 * What stands at the host path `dir`, the place of `key`, without any check of the outputs; null where it
 * is no entry, or cannot be read.
 */
export function readEntry(key: CacheKey, dir: string): Entry | null {
  try {
    const manifest = peek(dir);
    return manifest?.key === key ? { key, dir, manifest } : null;
  } catch (error) {
    if (isSystemError(error)) return null;
    throw error;
  }
}

/** One buffer serves all reads of the thread; it grows to the largest manifest. */
let buffer = Buffer.allocUnsafeSlow(64 * 1024);

/** Opening a FIFO must not wait; a link is nothing that we made. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** What is no regular file holds no manifest, and is not waited for. */
const NO_FILE = ["ELOOP", "EISDIR", "EAGAIN", "ENXIO"] as const;

/** The bytes are valid until the next call. */
function readBytes(path: string): Buffer | null {
  try {
    return readAll(openSync(path, FLAGS));
  } catch (error) {
    if (isGone(error) || hasCode(error, ...NO_FILE)) return null;
    throw error;
  }
}

function readAll(fd: number): Buffer {
  try {
    let length = 0;
    for (;;) {
      length += readSync(fd, buffer, length, buffer.length - length, null);
      if (length < buffer.length) return buffer.subarray(0, length);
      buffer = Buffer.concat([buffer], buffer.length * 2);
    }
  } finally {
    closeSync(fd);
  }
}
