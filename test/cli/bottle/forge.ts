// Archives that look like bottles, for the tests of what refuses them. Imports the command's source.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { pack, type Header } from "tar-stream";
import { encodeIndex, type Member } from "../../../packages/cli/src/bottle/bottle-index.js";
import { isCacheKey, selectHasher, type CacheKey } from "@runcache/core";

/** A key like any other. */
export const KEY = cacheKey("ab".repeat(32));
export const ENTRY = `entries/${KEY}`;

function cacheKey(text: string): CacheKey {
  if (isCacheKey(text)) return text;
  throw new Error(text);
}

/** One member as the index and as the archive have it; the archive may lie. */
export interface Forged {
  readonly member: Member;
  readonly content?: string;
  /** What the header of the archive says instead. */
  readonly header?: Partial<Header>;
}

export const dir = (path: string): Forged => ({ member: { kind: "dir", path } });

export const file = (path: string, content = "content\n", executable = false): Forged => {
  const bytes = Buffer.from(content);
  const digest = selectHasher().hash(bytes);
  return { member: { kind: "file", path, sizeBytes: bytes.length, digest, executable }, content };
};

export const link = (path: string, target: string): Forged => ({ member: { kind: "link", path, target } });

/** Directories that nearly every bottle has. */
export const FRAME = [dir("entries"), dir(ENTRY), dir(`${ENTRY}/inputs`), dir(`${ENTRY}/outputs`)];

const TYPES = { dir: "directory", file: "file", link: "symlink" } as const;

/** How an archive is put together. */
export interface ForgeOptions {
  /** Members in the archive that the index does not have. */
  readonly extra?: readonly Forged[];
  /** Members of the index that the archive does not have. */
  readonly missing?: readonly Forged[];
  /** Bytes of the index instead of its own. */
  readonly index?: Buffer;
}

/** The bytes of an archive, not compressed. */
export async function forgeTar(members: readonly Forged[], options: ForgeOptions = {}): Promise<Buffer> {
  const { extra = [], missing = [] } = options;
  const listed = [...members, ...missing].map(({ member }) => member);
  const index = options.index ?? encodeIndex({ bottle: 1, entries: [{ key: KEY, inputs: [] }], members: listed });
  const tar = pack();
  const chunks: Buffer[] = [];
  tar.on("data", (chunk) => chunks.push(chunk as Buffer));
  const done = new Promise<void>((resolve) => {
    tar.on("end", () => {
      resolve();
    });
  });
  const name = "bottle";
  tar.entry({ name: `${name}/bottle.json` }, index);
  for (const { member, content = "", header = {} } of [...members, ...extra]) {
    const linkname = member.kind === "link" ? { linkname: member.target } : {};
    const base = { name: `${name}/${member.path}`, type: TYPES[member.kind], ...linkname, ...header };
    if (base.type === "file") tar.entry(base, content);
    else tar.entry(base).end(null);
  }
  tar.finalize();
  await done;
  return Buffer.concat(chunks);
}

/** Writes an archive to the host path `path`. */
export async function forge(path: string, members: readonly Forged[], options?: ForgeOptions): Promise<string> {
  writeFileSync(path, gzipSync(await forgeTar(members, options)));
  return path;
}
