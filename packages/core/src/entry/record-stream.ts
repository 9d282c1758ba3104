import { closeSync, fchmodSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { selectHasher } from "../hashing/select-hasher.js";
import { perform, type Flow } from "../platform/flow.js";
import { makeDigest } from "../types/brand.js";
import type { StreamRecord } from "./manifest.js";

/** Streams up to this size lie in the manifest. */
export const INLINE_BYTES = 4096;

/** Most content of one gzip member. */
export const MEMBER_BYTES = 1024 * 1024;

/**
 * Records what the open file `fd` holds: a small stream for the manifest itself, a large one in the new
 * file `path` (a host path), with the permission bits `mode`.
 * @throws what the file system throws
 */
export function* recordStream(fd: number, path: string, mode: number): Flow<StreamRecord> {
  const sizeBytes = fstatSync(fd).size;
  if (sizeBytes <= INLINE_BYTES) {
    const bytes = readAt(fd, 0, sizeBytes);
    const digest = selectHasher().hash(bytes);
    return { sizeBytes: bytes.length, digest, inline: bytes.toString("base64"), members: [] };
  }
  const target = openSync(path, "wx");
  try {
    fchmodSync(target, mode);
    return { ...(yield* compress(fd, sizeBytes, target)), inline: null };
  } finally {
    closeSync(target);
  }
}

function* compress(fd: number, sizeBytes: number, target: number): Flow<Omit<StreamRecord, "inline">> {
  const state = selectHasher().create();
  const members: number[] = [];
  try {
    for (let position = 0; position < sizeBytes; position += MEMBER_BYTES) {
      const bytes = readAt(fd, position, Math.min(MEMBER_BYTES, sizeBytes - position));
      state.update(bytes);
      const member = yield* perform<Buffer>({ sync: () => gzipSync(bytes), async: () => promisify(gzip)(bytes) });
      writeAll(target, member);
      members.push(member.length);
    }
  } catch (error) {
    state.dispose?.();
    throw error;
  }
  return { sizeBytes, digest: makeDigest("b3", state.hexdigest()), members };
}

/** The `length` bytes of the open file `fd` from `position` on, or fewer where it ends before. */
export function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(fd, buffer, filled, length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
}
