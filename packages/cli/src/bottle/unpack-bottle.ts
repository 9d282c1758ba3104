import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { selectHasher } from "@runcache/core";
import { extract, type Header } from "tar-stream";
import { BottleError } from "./bottle-error.js";
import { decodeIndex, INDEX_NAME, type BottleIndex, type FileMember, type Member } from "./bottle-index.js";
import { MOST_INDEX_BYTES, RATIO_FROM_BYTES, type BottleLimits } from "./bottle-limits.js";
import { checkMembers } from "./check-members.js";

/** Content of a member, as it comes out of the archive. */
type Content = AsyncIterable<Uint8Array> & { readonly header: Header };

/**
 * Unpacks the bottle at the host path `file` into the new, empty host directory `dir`. The index comes
 * first and says everything about what follows; whatever is not exactly as it says ends the unpacking, and
 * `dir` is to be thrown away.
 * @throws BottleError; the signal's reason; what the file system throws
 */
export async function unpackBottle(
  file: string,
  dir: string,
  limits: BottleLimits,
  signal: AbortSignal,
): Promise<BottleIndex> {
  const fd = openBottle(file);
  const stats = fstatSync(fd);
  if (!stats.isFile()) {
    closeSync(fd);
    throw new BottleError("FORM", `${file} is no file: name the bottle itself`, { file });
  }
  const tar = extract();
  const meter = new Meter(stats.size * limits.ratio);
  const source = createReadStream(file, { fd });
  const read = pipeline(source, createGunzip(), meter, tar, { signal });
  const taken = takeAll(tar as AsyncIterable<unknown> as AsyncIterable<Content>, dir, limits, meter);
  const [fed, index] = await Promise.allSettled([read, taken]);
  signal.throwIfAborted();
  const fault = index.status === "rejected" && isOwn(index.reason) ? index : fed;
  if (fault.status === "rejected") throw explain(fault.reason, file);
  if (index.status === "rejected") throw explain(index.reason, file);
  return index.value;
}

function openBottle(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK); // opening a FIFO must not wait
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    const message = `${file} cannot be read (${error.message}): look at its name and who may read it`;
    throw new BottleError("READ", message, { file }, error);
  }
}

/** What we said, or the file system: it comes before what follows from it. */
function isOwn(error: unknown): boolean {
  return error instanceof BottleError || (error instanceof Error && "syscall" in error);
}

/** What zlib and the tar reader throw is about the bottle. */
function explain(error: unknown, file: string): unknown {
  if (isOwn(error) || !(error instanceof Error)) return error;
  const message = `${file} is no bottle, or a damaged one (${error.message}): fetch it again from where it was made`;
  return new BottleError("FORM", message, { file }, error);
}

/** What may lie around the content of a member: headers, names, padding. */
const FRAME_BYTES = 32 * 1024;
const FIRST_BYTES = 1024 * 1024;

/** Counts what comes out of the compression and ends it where that is more than anything accounts for. */
class Meter extends Transform {
  readonly #mostByRatio: number;
  #accounted = FIRST_BYTES;
  #seen = 0;

  constructor(mostByRatio: number) {
    super({ highWaterMark: 64 * 1024 });
    this.#mostByRatio = Math.max(mostByRatio, RATIO_FROM_BYTES);
  }

  /** A member with so many bytes is expected now. */
  expect(sizeBytes: number): void {
    this.#accounted += sizeBytes + FRAME_BYTES;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: Error | null, chunk?: Buffer) => void): void {
    this.#seen += chunk.length;
    if (this.#seen > this.#mostByRatio) {
      const message =
        "the bottle unpacks to so much more than its own size that it may be a bomb: nothing of it was kept";
      done(new BottleError("LIMIT", message));
    } else if (this.#seen > this.#accounted) {
      done(new BottleError("LIMIT", "the bottle holds more than its index says: nothing of it was kept"));
    } else done(null, chunk);
  }
}

async function takeAll(
  contents: AsyncIterable<Content>,
  dir: string,
  limits: BottleLimits,
  meter: Meter,
): Promise<BottleIndex> {
  let index: BottleIndex | undefined;
  let root = "";
  let taken = 0;
  for await (const content of contents) {
    const { header } = content;
    if (index === undefined) {
      root = rootOf(header);
      meter.expect(header.size);
      const bytes = await readIndex(content);
      index = decodeIndex(bytes);
      checkMembers(index.members, limits);
      writeFileSync(join(dir, INDEX_NAME), bytes, { flag: "wx" });
      continue;
    }
    const member = index.members[taken++];
    if (member === undefined)
      throw new BottleError("FORM", `${JSON.stringify(header.name)} is not in the bottle's index`);
    checkHeader(header, `${root}/${member.path}`, member);
    meter.expect(header.size);
    await take(content, join(dir, member.path), member);
  }
  if (index === undefined) throw new BottleError("FORM", "this is no bottle: it is empty");
  const missing = index.members[taken];
  if (missing === undefined) return index;
  throw new BottleError("FORM", `the bottle is cut off: ${JSON.stringify(missing.path)} is missing`, {
    path: missing.path,
  });
}

function rootOf({ name, type, size }: Header): string {
  const [root = "", ...rest] = name.split("/");
  if (type !== "file" || root === "" || rest.join("/") !== INDEX_NAME) {
    throw new BottleError("FORM", `this is no bottle: it does not begin with ${INDEX_NAME}`);
  }
  if (size <= MOST_INDEX_BYTES) return root;
  throw new BottleError("LIMIT", `the bottle's index has ${size} bytes: more than ${MOST_INDEX_BYTES} are not read`);
}

async function readIndex(content: Content): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const TYPES = { dir: "directory", file: "file", link: "symlink" } as const;

/** The archive's own words are worth nothing but as a repetition of the index. */
function checkHeader({ name, type, size, linkname }: Header, path: string, member: Member): void {
  const same =
    (member.kind === "dir" ? name.replace(/\/$/, "") : name) === path &&
    type === TYPES[member.kind] &&
    size === (member.kind === "file" ? member.sizeBytes : 0) &&
    (member.kind !== "link" || linkname === member.target);
  if (same) return;
  const message = `${JSON.stringify(name)} (${type}, ${size} bytes) stands in the bottle where its index says ${JSON.stringify(path)}: it was changed`;
  throw new BottleError("FORM", message, { name, path });
}

async function take(content: Content, path: string, member: Member): Promise<void> {
  switch (member.kind) {
    case "dir":
      mkdirSync(path);
      return;
    case "link":
      symlinkSync(member.target, path);
      return;
    case "file":
      await takeFile(content, path, member);
  }
}

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

async function takeFile(content: Content, path: string, { digest, executable }: FileMember): Promise<void> {
  const fd = openSync(path, FLAGS, executable ? 0o777 : 0o666);
  const state = selectHasher().create();
  try {
    for await (const chunk of content) {
      state.update(chunk);
      for (let written = 0; written < chunk.length;) written += writeSync(fd, chunk, written);
    }
  } catch (error) {
    state.dispose?.();
    throw error;
  } finally {
    closeSync(fd);
  }
  if (`b3:${state.hexdigest()}` === digest) return;
  throw new BottleError("CONTENT", `the bytes of ${path} are not those of its digest: the bottle is damaged`, { path });
}
