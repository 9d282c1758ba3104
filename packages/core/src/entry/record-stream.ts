import { closeSync, fchmodSync, openSync } from "node:fs";
import { promisify } from "node:util";
import { gzip, gzipSync } from "node:zlib";
import { EMPTY_BLAKE3 } from "../hashing/hasher.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { perform, type Flow } from "../platform/flow.js";
import { writeAll } from "../streams/descriptor-bytes.js";
import { makeDigest } from "../types/brand.js";
import type { StreamRecord } from "./manifest.js";
import type { StagedStream } from "./staged-stream.js";

/** Streams up to this size lie in the manifest. */
export const INLINE_BYTES = 4096;

const EMPTY: StreamRecord = { sizeBytes: 0, digest: EMPTY_BLAKE3, inline: "", members: [] };

/** Most content of one gzip member. */
export const MEMBER_BYTES = 1024 * 1024;

/**
 * Records what `stream` holds: a small one for the manifest itself, a large one in the new
 * file `path` (a host path), with the permission bits `mode`.
 * @throws what the file system throws
 */
export function* recordStream(stream: StagedStream, path: string, mode: number): Flow<StreamRecord> {
  const { sizeBytes } = stream;
  if (sizeBytes === 0) return EMPTY;
  if (sizeBytes <= INLINE_BYTES) {
    const bytes = stream.read(0, sizeBytes);
    const digest = selectHasher().hash(bytes);
    return { sizeBytes: bytes.length, digest, inline: bytes.toString("base64"), members: [] };
  }
  const target = openSync(path, "wx");
  try {
    fchmodSync(target, mode);
    return { ...(yield* compress(stream, sizeBytes, target)), inline: null };
  } finally {
    closeSync(target);
  }
}

function* compress(stream: StagedStream, sizeBytes: number, target: number): Flow<Omit<StreamRecord, "inline">> {
  const state = selectHasher().create();
  const members: number[] = [];
  try {
    for (let position = 0; position < sizeBytes; position += MEMBER_BYTES) {
      const bytes = stream.read(position, Math.min(MEMBER_BYTES, sizeBytes - position));
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
