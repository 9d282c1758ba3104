import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, constants, createReadStream, openSync, renameSync, rmSync, statSync } from "node:fs";
import { createGzip } from "node:zlib";
import { selectHasher, writeNewFile } from "@runcache/core";
import { pack, type Header, type Pack } from "tar-stream";
import { BottleError } from "./bottle-error.js";
import { encodeIndex, INDEX_NAME, type BottleIndex, type FileMember, type Member } from "./bottle-index.js";
import { BOTTLE_LIMITS, RATIO_FROM_BYTES } from "./bottle-limits.js";

/** A bottle that is to be written. */
export interface BottlePlan {
  /** Name of the one directory in the archive. */
  readonly name: string;
  readonly index: BottleIndex;
  /** Where the content of a file comes from: a host path, or the bytes. */
  readonly contentOf: (path: string) => string | Uint8Array;
}

/**
 * Writes the bottle to the host path `file`, which is there when all of it is, and takes the place of what
 * was there. The same plan gives the same bytes.
 * @returns its size in bytes
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_CONTENT` where a file is not any more what the index says,
 * `ERR_RUNCACHE_BOTTLE_WRITE` where the bottle cannot be written; the signal's reason; what the file system throws
 */
export async function packBottle(file: string, plan: BottlePlan, signal: AbortSignal): Promise<number> {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    let sizeBytes = await write(draft, plan, { level: 6, signal });
    // Readers take what packs extremely well for a bomb.
    if (rawBytes(plan.index) > Math.max(RATIO_FROM_BYTES, (sizeBytes * BOTTLE_LIMITS.ratio) / 2)) {
      rmSync(draft);
      sizeBytes = await write(draft, plan, { level: 0, signal });
    }
    renameSync(draft, file);
    return sizeBytes;
  } catch (error) {
    throw explain(error, draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Nobody but us knows the draft: what fails is the writing of the bottle. */
function explain(error: unknown, draft: string, file: string): unknown {
  if (!(error instanceof Error && "syscall" in error)) return error;
  const isWriting = "path" in error ? error.path === draft : error.syscall === "write";
  if (!isWriting) return error;
  const why = error.message.replaceAll(draft, file);
  const message = `the bottle ${file} cannot be written (${why}): name a place that is there and has room`;
  return new BottleError("WRITE", message, { file }, error);
}

/** Content of all files together. */
export function rawBytes({ members }: BottleIndex): number {
  return members.reduce((sum, member) => sum + (member.kind === "file" ? member.sizeBytes : 0), 0);
}

async function write(
  draft: string,
  plan: BottlePlan,
  { level, signal }: { readonly level: number; readonly signal: AbortSignal },
): Promise<number> {
  const tar = pack();
  const written = writeNewFile(draft, [tar, createGzip({ level })], { flush: true, signal });
  const [added] = await Promise.allSettled([Promise.race([addAll(tar, plan), written.then(endedEarly)]), written]);
  signal.throwIfAborted();
  if (added.status === "rejected") throw added.reason;
  await written;
  return statSync(draft).size;
}

function endedEarly(): never {
  throw new Error("Internal error: a bottle was complete before all of it was written");
}

async function addAll(tar: Pack, { name, index, contentOf }: BottlePlan): Promise<void> {
  const own = encodeIndex(index);
  try {
    await addContent(tar, headerOf(`${name}/${INDEX_NAME}`, "file", 0o644, own.length), [own]);
    for (const member of index.members) await add(tar, `${name}/${member.path}`, member, contentOf);
    tar.finalize();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function add(tar: Pack, name: string, member: Member, contentOf: BottlePlan["contentOf"]): Promise<void> {
  switch (member.kind) {
    case "dir":
      await addContent(tar, headerOf(name, "directory", 0o755, 0), []);
      return;
    case "link":
      await addContent(tar, { ...headerOf(name, "symlink", 0o777, 0), linkname: member.target }, []);
      return;
    case "file": {
      const header = headerOf(name, "file", member.executable ? 0o755 : 0o644, member.sizeBytes);
      await addContent(tar, header, checked(member, contentOf(member.path)));
    }
  }
}

type PackHeader = Pick<Header, "name" | "type" | "mode" | "size" | "mtime" | "uid" | "gid"> & Partial<Header>;

function headerOf(name: string, type: Header["type"], mode: number, size: number): PackHeader {
  return { name, type, mode, size, mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };
}

async function addContent(
  tar: Pack,
  header: PackHeader,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const { sink, finished } = openSink(tar, header);
  for await (const chunk of content) {
    if (!sink.write(chunk)) await Promise.race([once(sink, "drain"), finished]);
  }
  sink.end(null);
  await finished;
}

function openSink(tar: Pack, header: PackHeader): { readonly sink: Sink; readonly finished: Promise<void> } {
  let settle: (error?: Error | null) => void = () => undefined;
  const finished = new Promise<void>((resolve, reject) => {
    settle = (error) => (error instanceof Error ? reject(error) : resolve());
  });
  finished.catch(() => undefined); // who adds awaits it, unless reading fails first
  const sink = tar.entry(header, settle);
  sink.on("error", () => undefined); // the same that the callback gets
  return { sink, finished };
}

type Sink = ReturnType<Pack["entry"]>;

/** The content of `member`, which must be what the index says to the last byte. */
async function* checked(member: FileMember, source: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const state = selectHasher().create();
  let length = 0;
  try {
    for await (const chunk of typeof source === "string" ? readFile(source) : [source]) {
      length += chunk.length;
      if (length > member.sizeBytes) throw changed(member, source);
      state.update(chunk);
      yield chunk;
    }
  } catch (error) {
    state.dispose?.();
    throw error;
  }
  if (`b3:${state.hexdigest()}` !== member.digest || length !== member.sizeBytes) throw changed(member, source);
}

/** A link in the last place, or a FIFO, is no file that was hashed. */
function readFile(path: string): AsyncIterable<Uint8Array> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return createReadStream(path, { fd, highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function changed({ path }: FileMember, source: string | Uint8Array): BottleError {
  const from = typeof source === "string" ? source : path;
  const message = `${from} changed while it was bottled, or is damaged: 'runcache verify' tells of damaged entries`;
  return new BottleError("CONTENT", message, { path: from });
}
