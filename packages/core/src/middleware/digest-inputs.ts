import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Digests, KnownDigest } from "../hashing/digests.js";
import { fingerprintOf, sameFingerprint, type Fingerprint } from "../hashing/fingerprint.js";
import type { InputPart } from "../key/key-parts.js";
import type { Flow } from "../platform/flow.js";
import type { Digest } from "../types/brand.js";
import { InputError } from "../types/errors.js";
import type { CacheContext, KeyContext } from "./cache-context.js";
import type { RegisteredInput } from "./registered-input.js";

/** An input with the content that entered the key. */
export interface DigestedInput extends RegisteredInput {
  readonly part: InputPart;
  /** Host path of what was hashed: the file or directory, or with `resolveParent` its parent. */
  readonly hashedPath: string;
  /** State of a file when it was hashed; null for a tree. */
  readonly fingerprint: Fingerprint | null;
  /** Whether an equal state later means that nobody wrote to the file since. */
  readonly timesTell: boolean;
  /** The user let runcache rely on the times of a network file system, and it did. */
  readonly reliesOnNetwork: boolean;
}

/**
 * Digests of `inputs`, in their order.
 * @throws InputError where one cannot be read or does not hold still
 */
export function* digestInputs(context: KeyContext, inputs: readonly RegisteredInput[]): Flow<DigestedInput[]> {
  const located = inputs.map((input) => locate(context, input));
  const unknown = located.filter(({ isTree, known }) => !isTree && known === null);
  // All at once, so that many large files are read in parallel.
  const read = unknown.length === 0 ? [] : yield* context.digests.read(unknown.map(({ hashedPath }) => hashedPath));
  const rest = read.values();
  const digested: DigestedInput[] = [];
  for (const { input, hashedPath, isTree, known } of located) {
    const file = isTree ? null : (known ?? (rest.next().value as KnownDigest));
    const part: InputPart = {
      digest: file === null ? yield* context.digests.tree(hashedPath) : file.digest,
      kind: isTree ? "tree" : "file",
      mutable: input.mutable,
      name: isNameless(context, input) ? null : basename(input.hostPath),
      resolveParent: input.resolveParent,
    };
    // Every hit comes here, and to spread an object costs it as much as to hash its key.
    digested.push({
      given: input.given,
      hostPath: input.hostPath,
      toolPath: input.toolPath,
      resolveParent: input.resolveParent,
      mutable: input.mutable,
      hashedPath,
      part,
      fingerprint: file?.fingerprint ?? null,
      timesTell: file?.timesTell ?? false,
      reliesOnNetwork: file?.origin === "network-ledger",
    });
  }
  return digested;
}

/** Of siblings, the name says which one is meant; of a copy, it is the name of an output. */
function isNameless({ policy }: KeyContext, { resolveParent, mutable }: RegisteredInput): boolean {
  return policy.inputNames === "ignore" && !resolveParent && !mutable;
}

interface LocatedInput {
  readonly input: RegisteredInput;
  readonly hashedPath: string;
  readonly isTree: boolean;
  /** What the ledger knows of a file. */
  readonly known: KnownDigest | null;
}

function locate({ digests }: KeyContext, input: RegisteredInput): LocatedInput {
  if (input.resolveParent) return { input, hashedPath: dirname(input.hostPath), isTree: true, known: null };
  const hashedPath = input.hostPath;
  const state = statSync(hashedPath, { bigint: true, throwIfNoEntry: false });
  const isTree = state?.isDirectory() === true;
  return { input, hashedPath, isTree, known: isTree || state === undefined ? null : digests.recall(hashedPath, state) };
}

/** The first of `inputs` whose content is not any more what entered the key, or undefined. */
export function* firstChanged(
  { digests }: CacheContext,
  inputs: readonly DigestedInput[],
): Flow<DigestedInput | undefined> {
  for (const input of inputs) {
    if (isUntouched(input)) continue;
    try {
      if ((yield* digestOf(digests, input)) !== input.part.digest) return input;
    } catch (error) {
      if (error instanceof InputError) return input; // gone, unreadable, or changing still
      throw error;
    }
  }
  return undefined;
}

function* digestOf(digests: Digests, { hashedPath, part }: DigestedInput): Flow<Digest> {
  if (part.kind === "tree") return yield* digests.tree(hashedPath);
  return (yield* digests.reread(hashedPath)).digest;
}

/** By its state alone; of what was young when it was hashed, the state does not tell. */
function isUntouched({ fingerprint, timesTell, hashedPath }: DigestedInput): boolean {
  if (fingerprint === null || !timesTell) return false;
  const stats = statSync(hashedPath, { bigint: true, throwIfNoEntry: false });
  return stats !== undefined && sameFingerprint(fingerprint, fingerprintOf(stats));
}
