import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  checkManifestKey,
  decodeManifest,
  Digests,
  InputError,
  runUnblocked,
  type ForeignEntry,
  type InputPart,
  type Manifest,
} from "@runcache/core";
import { BottleError } from "./bottle-error.js";
import { entryPath, type BottledEntry, type BottleIndex, type Member } from "./bottle-index.js";

/**
 * Holds what was unpacked into the host directory `dir` against the manifests in it. The bytes of every file
 * are known to be those of the index; what is left to see is that the index says what the manifests say.
 * @returns the entries, as a cache takes them
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_FORM`, `ERR_RUNCACHE_BOTTLE_VERSION`,
 * `ERR_RUNCACHE_BOTTLE_CONTENT`; RuncacheError `ERR_RUNCACHE_IMPORT_KEY`
 */
export async function verifyBottle(dir: string, { entries, members }: BottleIndex): Promise<readonly ForeignEntry[]> {
  const byPath = new Map(members.map((member) => [member.path, member]));
  const verified: ForeignEntry[] = [];
  for (const bottled of entries) {
    const base = join(dir, entryPath(bottled.key));
    const manifest = readManifest(base, bottled, byPath);
    checkOutputs(bottled, manifest, members);
    checkStreams(bottled, manifest, byPath);
    await checkInputs(dir, bottled, manifest, byPath);
    verified.push({
      manifest,
      outputs: join(base, "outputs"),
      stdout: join(base, "stdout"),
      stderr: join(base, "stderr"),
    });
  }
  const owned = new Set(entries.map(({ key }) => entryPath(key)));
  const stray = members.find(({ path }) => path.startsWith("entries/") && !owned.has(path.slice(0, 8 + 64)));
  if (stray !== undefined) throw contradiction(`${stray.path} belongs to no entry of it`);
  return verified;
}

function readManifest(base: string, { key }: BottledEntry, byPath: ReadonlyMap<string, Member>): Manifest {
  const path = `${entryPath(key)}/manifest.json`;
  if (byPath.get(path)?.kind !== "file") throw contradiction(`${path} is missing`);
  const decoded = decodeManifest(readFileSync(join(base, "manifest.json")));
  if (decoded.status !== "ok") {
    const fault = decoded.status === "corrupt" ? "CONTENT" : "VERSION";
    throw new BottleError(fault, `${path}: ${decoded.detail}`, { key });
  }
  const { manifest } = decoded;
  if (manifest.key !== key) throw contradiction(`${path} is of the key ${manifest.key}`);
  checkManifestKey(manifest);
  return manifest;
}

function checkOutputs({ key }: BottledEntry, { outputs }: Manifest, members: readonly Member[]): void {
  const base = `${entryPath(key)}/outputs/`;
  const recorded = new Map<string, string>();
  for (const output of outputs) {
    const executable = output.kind === "file" && (output.mode & 0o100) !== 0;
    recorded.set(output.path, textOf(output.kind === "file" ? { ...output, executable } : output));
  }
  for (const member of members) {
    if (!member.path.startsWith(base)) continue;
    const path = member.path.slice(base.length);
    if (recorded.get(path) !== textOf(member)) throw contradiction(`the output ${path} is not what the manifest says`);
    recorded.delete(path);
  }
  const [missing] = recorded.keys();
  if (missing !== undefined) throw contradiction(`the output ${missing} is missing`);
}

function textOf(node: {
  readonly kind: Member["kind"];
  readonly target?: string;
  readonly digest?: string;
  readonly sizeBytes?: number;
  readonly executable?: boolean;
}): string {
  const { kind, target, digest, sizeBytes, executable } = node;
  return JSON.stringify([kind, target, digest, sizeBytes, executable === true]);
}

function checkStreams({ key }: BottledEntry, manifest: Manifest, byPath: ReadonlyMap<string, Member>): void {
  for (const name of ["stdout", "stderr"] as const) {
    const member = byPath.get(`${entryPath(key)}/${name}`);
    const isSame = member?.kind === "file" && member.digest === manifest[name].digest;
    if (!isSame) throw contradiction(`${name} of ${key} is not what the manifest says`);
  }
}

async function checkInputs(
  dir: string,
  { key, inputs }: BottledEntry,
  { parts }: Manifest,
  byPath: ReadonlyMap<string, Member>,
): Promise<void> {
  if (inputs.length !== parts.inputs.length) throw contradiction(`it has not as many inputs as the key of ${key}`);
  for (const [index, path] of inputs.entries()) {
    const part = parts.inputs[index];
    if (path === null || part === undefined) continue;
    const member = byPath.get(path);
    const isSame =
      part.kind === "file"
        ? member?.kind === "file" && member.digest === part.digest
        : member?.kind === "dir" && (await isSameTree(join(dir, path), part));
    if (!isSame) throw contradiction(`the input ${path} is not the one in the key`);
  }
}

const digests = new Digests({ ledger: null });

async function isSameTree(path: string, { digest }: InputPart): Promise<boolean> {
  try {
    return (await runUnblocked(digests.tree(path))) === digest;
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}

function contradiction(detail: string): BottleError {
  return new BottleError("CONTENT", `the bottle contradicts itself: ${detail}; fetch it again from where it was made`);
}
