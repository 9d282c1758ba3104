import { closeSync, constants, openSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { selectHasher } from "../hashing/select-hasher.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import { makeDigest } from "../types/brand.js";
import { readAt } from "../streams/descriptor-bytes.js";
import { RuncacheError } from "../types/errors.js";
import type { Entry } from "./entry.js";
import { RESERVED_NAME } from "./layout.js";
import type { StreamRecord } from "./manifest.js";
import { MEMBER_BYTES } from "./record-stream.js";

/** Names of a tool's recorded streams. */
export const STREAM_NAMES = ["stdout", "stderr"] as const;
export type StreamName = (typeof STREAM_NAMES)[number];

/** The streams of an entry, validated. They stay readable when the entry is moved or removed. */
export interface EntryStreams {
  /** The stream from its start; a chunk holds at most 1 MiB. */
  chunks(name: StreamName): Iterable<Uint8Array>;
  /** To be called when done. */
  close(): void;
}

/** Why streams cannot be replayed: proven damage, or storage that does not answer. */
export interface StreamsFault {
  readonly reason: "corrupt" | "unreadable" | "vanished";
  /** For people. */
  readonly detail: string;
}

/** Both streams of `entry` after their bytes were checked, or why there are none. */
export function openStreams(
  entry: Entry,
): { readonly streams: EntryStreams; readonly fault: null } | { readonly streams: null; readonly fault: StreamsFault } {
  const fds = new Map<StreamName, number>();
  const close = (): void => {
    for (const fd of fds.values()) closeSync(fd);
    fds.clear();
  };
  try {
    for (const name of STREAM_NAMES) {
      const record = entry.manifest[name];
      if (record.inline !== null) continue; // the manifest's own digest covers it
      const fd = openSync(`${entry.dir}/${RESERVED_NAME}/${name}.gz`, constants.O_RDONLY | constants.O_NOFOLLOW);
      fds.set(name, fd);
      check(fd, name, record);
    }
    return { streams: { chunks: (name) => readMembers(entry.manifest[name], fds.get(name)), close }, fault: null };
  } catch (error) {
    close();
    return { streams: null, fault: faultOf(error) };
  }
}

/**
 * One stream of `entry`, byte for byte.
 * @throws RuncacheError `ERR_RUNCACHE_STREAM` where it is damaged or gone
 */
export function readStream(entry: Entry, name: StreamName): Buffer {
  const { streams, fault } = openStreams(entry);
  if (fault !== null) {
    const message = `${name} of the entry ${entry.key} cannot be read: ${fault.detail}; run the call again to record it anew`;
    throw new RuncacheError("ERR_RUNCACHE_STREAM", message, { key: entry.key, stream: name, ...fault });
  }
  try {
    return Buffer.concat([...streams.chunks(name)]);
  } finally {
    streams.close();
  }
}

/** @throws StreamDamaged */
function check(fd: number, name: StreamName, record: StreamRecord): void {
  const state = selectHasher().create();
  let length = 0;
  try {
    for (const bytes of readMembers(record, fd)) {
      state.update(bytes);
      length += bytes.length;
    }
  } catch (error) {
    state.dispose?.();
    throw isZlibError(error) ? new StreamDamaged(name) : error;
  }
  const digest = makeDigest("b3", state.hexdigest());
  if (length !== record.sizeBytes || digest !== record.digest) throw new StreamDamaged(name);
}

function* readMembers({ inline, members }: StreamRecord, fd: number | undefined): Generator<Uint8Array> {
  if (inline !== null) {
    if (inline !== "") yield Buffer.from(inline, "base64");
    return;
  }
  if (fd === undefined)
    throw new RuncacheError("ERR_RUNCACHE_STREAM", "Internal error: a stream was read after it was closed");
  let position = 0;
  for (const memberBytes of members) {
    yield gunzipSync(readAt(fd, position, memberBytes), { maxOutputLength: MEMBER_BYTES });
    position += memberBytes;
  }
}

class StreamDamaged extends Error {
  constructor(name: StreamName) {
    super(`its recorded ${name} is damaged`);
  }
}

function faultOf(error: unknown): StreamsFault {
  if (error instanceof StreamDamaged) return { reason: "corrupt", detail: error.message };
  if (isGone(error)) return { reason: "vanished", detail: "the entry was removed while it was looked at" };
  if (isSystemError(error))
    return { reason: "unreadable", detail: `its recorded streams cannot be read (${error.message})` };
  throw error;
}

/** What Node throws where bytes are no gzip, are cut off, or unpack to more than we ever pack. */
function isZlibError(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    /^(?:Z_|ERR_BUFFER_TOO_LARGE$|ERR_TRAILING_JUNK_AFTER_STREAM_END$)/.test(String(error.code))
  );
}
