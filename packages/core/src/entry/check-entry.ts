import { lstatSync, readlinkSync } from "node:fs";
import { lstatIfAny } from "../hashing/input-path.js";
import { fileDigest } from "../hashing/file-digest.js";
import type { Hasher } from "../hashing/hasher.js";
import type { Flow } from "../platform/flow.js";
import { processIdentity } from "../platform/process-identity.js";
import { RESERVED_NAME } from "./layout.js";
import { unlistedPaths } from "./unlisted-paths.js";
import type { FileRecord, Manifest, OutputRecord, StreamRecord } from "./manifest.js";

/** How an entry is checked. */
export interface CheckOptions {
  /** `stat`: kinds, sizes and times, content where only a time differs; `digest`: content always. */
  readonly verify: "stat" | "digest";
  readonly hasher: Hasher;
}

/** What speaks against an entry. */
export interface Fault {
  /** For people. */
  readonly detail: string;
  /** Whether it proves damage; else the entry could not be judged. */
  readonly isProof: boolean;
  /** Whether it is about a path that the run did not write, beside outputs that it did. @default false */
  readonly isUnlisted?: boolean;
}

/**
 * The first fault of the entry in the host directory `dir`, held against every path of `manifest`, or
 * null; with `digest` also against every path that it does not list. Of streams beside the manifest, presence and size are checked; their content is, at replay.
 * @throws InputError where a file keeps changing or cannot be read; what the file system throws
 */
export function* firstFault(dir: string, manifest: Manifest, options: CheckOptions): Flow<Fault | null> {
  const verify = mayBeHollow(manifest) ? "digest" : options.verify;
  for (const output of manifest.outputs) {
    // Of nearly all hits the state says enough; a generator for each output would cost as much as asking for it.
    const judged = judgeState(dir, output, verify);
    const fault = judged === "by content" ? yield* contentFault(dir, output as FileRecord, options) : judged;
    if (fault !== null) return fault;
  }
  if (options.verify === "digest") {
    for (const path of unlistedPaths(dir, manifest)) return unlisted(path);
  }
  return streamFault(dir, "stdout", manifest.stdout) ?? streamFault(dir, "stderr", manifest.stderr);
}

/** Whether the power may have gone since the commit, before the files were on the disk. */
function mayBeHollow({ unflushedIn }: Manifest): boolean {
  return unflushedIn !== undefined && (unflushedIn === null || unflushedIn !== processIdentity().bootId);
}

/**
 * What is wrong with one path of the entry in the host directory `dir`, or null.
 * @throws as {@link firstFault}
 */
export function* outputFault(dir: string, output: OutputRecord, options: CheckOptions): Flow<Fault | null> {
  const judged = judgeState(dir, output, options.verify);
  return judged === "by content" ? yield* contentFault(dir, output as FileRecord, options) : judged;
}

/** What the state of a path says against it, null where it is as it was, or that the content of a file decides. */
function judgeState(dir: string, output: OutputRecord, verify: CheckOptions["verify"]): Fault | null | "by content" {
  const { path: name } = output;
  const path = `${dir}/${name}`;
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return proof(`${name} is gone`);
  switch (output.kind) {
    case "dir":
      return stats.isDirectory() ? null : proof(`${name} is not a directory any more`);
    case "link":
      if (!stats.isSymbolicLink()) return proof(`${name} is not a link any more`);
      return readlinkSync(path) === output.target ? null : proof(`the link ${name} leads elsewhere`);
    case "file":
      if (!stats.isFile()) return proof(`${name} is not a file any more`);
      if (Number(stats.size) !== output.sizeBytes) {
        return proof(`${name} has ${stats.size} bytes instead of ${output.sizeBytes}`);
      }
      return verify === "stat" && stats.mtimeNs === BigInt(output.mtimeNs) ? null : "by content";
  }
}

function* contentFault(dir: string, output: FileRecord, { hasher }: CheckOptions): Flow<Fault | null> {
  const { path: name, digest: expected } = output;
  if (!expected.startsWith(`${hasher.id}:`)) {
    return { detail: `${name} has a digest that is not by the hasher ${hasher.id}`, isProof: false };
  }
  const { digest } = yield* fileDigest(`${dir}/${name}`, { hasher, noFollow: true });
  return digest === expected ? null : proof(`${name} has another content`);
}

function streamFault(dir: string, name: "stdout" | "stderr", { members }: StreamRecord): Fault | null {
  if (members.length === 0) return null;
  const stats = lstatIfAny(`${dir}/${RESERVED_NAME}/${name}.gz`);
  if (stats === null) return proof(`its recorded ${name} is gone`);
  const sizeBytes = members.reduce((sum, size) => sum + size, 0);
  return stats.isFile() && stats.size === sizeBytes ? null : proof(`its recorded ${name} has another size`);
}

/** The fault of an entry that holds an entry-relative `path` which its manifest does not list. */
export function unlisted(path: string): Fault {
  return { ...proof(`${path} is none of its outputs: something else put it there`), isUnlisted: true };
}

function proof(detail: string): Fault {
  return { detail, isProof: true };
}
