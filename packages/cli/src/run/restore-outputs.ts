import { lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync, rmdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { hasCode, runBlocking, runUnblocked, UsageError, type Flow } from "@runcache/core";
import type { DeclaredOutput } from "./declared-outputs.js";
import { leadsInto } from "./detach-outputs.js";
import { lstatIfAny } from "./path-stamps.js";
import { Replacement } from "./replacement.js";
import { stageFile, stageLink, type LinkKind } from "./stage-node.js";

export interface RestoreOptions {
  readonly link: LinkKind;
  /** Absolute host path. */
  readonly cacheDir: string;
  /** Obeyed between the pieces of a copy, where nothing blocks. */
  readonly signal?: AbortSignal;
}

/**
 * Puts the `outputs` of the entry at the host path `entryDir` where the command would have written them:
 * all, or none. Each is made beside its destination, and all are moved into place together; what was
 * there before goes only then, and what an output directory holds besides stays.
 * @throws what the file system throws, after everything is as it was; UsageError `ERR_RUNCACHE_OUTPUT_PATH`
 * where a directory that holds files would have to go
 */
export function restoreOutputs(entryDir: string, outputs: readonly DeclaredOutput[], options: RestoreOptions): void {
  runBlocking(restoring(entryDir, outputs, options));
}

/** The same without blocking. @throws the signal's reason, too, after everything is as it was */
export async function restoreOutputsAsync(
  entryDir: string,
  outputs: readonly DeclaredOutput[],
  options: RestoreOptions,
): Promise<void> {
  await runUnblocked(restoring(entryDir, outputs, options));
}

function* restoring(
  entryDir: string,
  outputs: readonly DeclaredOutput[],
  { link, cacheDir, signal }: RestoreOptions,
): Flow<void> {
  const restoration = new Restoration(link, signal);
  try {
    for (const { hostPath, entryName } of outputs) {
      const from = join(entryDir, entryName);
      if (lstatIfAny(from) !== undefined) yield* restoration.stage(from, destinationOf(from, hostPath, cacheDir));
    }
    restoration.swap();
  } catch (error) {
    restoration.undo();
    throw error;
  }
  restoration.finish();
}

/**
 * A link at the destination is a way to it, also to what is not there yet, unless the output is a link itself,
 * or an earlier hit made the link.
 */
function destinationOf(from: string, hostPath: string, cacheDir: string): string {
  if (leadsInto(cacheDir, hostPath)) return hostPath;
  if (lstatSync(from).isSymbolicLink() || lstatIfAny(hostPath)?.isSymbolicLink() !== true) return hostPath;
  try {
    return realpathSync(hostPath);
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return destinationOf(from, resolve(dirname(hostPath), readlinkSync(hostPath)), cacheDir);
    }
    if (hasCode(error, "ELOOP", "ENOTDIR")) return hostPath; // leads nowhere: replaced
    throw error;
  }
}

/** Outputs on their way to their places. */
class Restoration {
  readonly #link: LinkKind;
  readonly #signal: AbortSignal | undefined;
  readonly #timeS: number;
  readonly #replacements: Replacement[] = [];
  readonly #madeDirs: string[] = [];

  constructor(link: LinkKind, signal: AbortSignal | undefined) {
    this.#link = link;
    this.#signal = signal;
    // The next millisecond: no input that was written before now is newer than an output.
    this.#timeS = (Date.now() + 1) / 1000;
  }

  /** Makes a copy of what lies at `from` beside the host path `to`, or for what lies below it. */
  *stage(from: string, to: string): Flow<void> {
    if (lstatSync(from).isDirectory() && lstatIfAny(to)?.isDirectory() === true) {
      for (const name of readdirSync(from)) yield* this.stage(join(from, name), join(to, name));
      return;
    }
    if (!lstatSync(from).isDirectory()) refuseToDelete(to);
    this.#makeParents(dirname(to));
    const replacement = new Replacement(to);
    this.#replacements.push(replacement);
    yield* this.#copy(from, replacement.draft);
  }

  /** Moves everything into its place. */
  swap(): void {
    for (const replacement of this.#replacements) replacement.swap();
  }

  /** Removes what was replaced. */
  finish(): void {
    for (const replacement of this.#replacements) replacement.finish();
  }

  undo(): void {
    for (const replacement of this.#replacements) replacement.undo();
    for (const dir of this.#madeDirs.sort((a, b) => b.length - a.length)) removeIfEmpty(dir);
  }

  *#copy(from: string, to: string): Flow<void> {
    const stats = lstatSync(from);
    if (stats.isSymbolicLink()) {
      stageLink(readlinkSync(from), to, this.#timeS);
    } else if (stats.isDirectory()) {
      mkdirSync(to);
      for (const name of readdirSync(from)) yield* this.#copy(join(from, name), join(to, name));
    } else {
      const executable = (stats.mode & 0o100) !== 0;
      yield* stageFile(from, to, { executable, link: this.#link, timeS: this.#timeS, signal: this.#signal });
    }
  }

  #makeParents(dir: string): void {
    const first = mkdirSync(dir, { recursive: true });
    if (first === undefined) return;
    for (let made = dir; made !== dirname(first); made = dirname(made)) this.#madeDirs.push(made);
  }
}

/** No command replaces a directory by a file: what lies in it is somebody's. */
function refuseToDelete(path: string): void {
  if (lstatIfAny(path)?.isDirectory() !== true || !holdsFiles(path)) return;
  const message = `${path} is a directory with files in it, where a file is to go: move it away`;
  throw new UsageError("ERR_RUNCACHE_OUTPUT_PATH", message, { path });
}

function holdsFiles(dir: string): boolean {
  return readdirSync(dir, { withFileTypes: true }).some(
    (item) => !item.isDirectory() || holdsFiles(join(dir, item.name)),
  );
}

function removeIfEmpty(dir: string): void {
  try {
    rmdirSync(dir);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST", "ENOENT")) throw error;
  }
}
