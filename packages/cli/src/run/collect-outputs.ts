import { mkdirSync, readdirSync, readlinkSync, realpathSync, rmSync, symlinkSync, type BigIntStats } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { cloneFile, hasCode, type CaptureResult, type Flow } from "@runcache/core";
import { entryPathOf, isAtOrBelow, type DeclaredOutput } from "./declared-outputs.js";
import { lstatIfAny, stampOf, stampPaths, type PathStamps } from "./path-stamps.js";

export type Doubt = NonNullable<CaptureResult["doubt"]>;

/** Something about an output that no entry can hold. */
class Refusal extends Error {}

/** What lies where outputs will be, to tell later what the run wrote. */
export function stampOutputs(outputs: readonly DeclaredOutput[]): PathStamps {
  return stampPaths(outputs.flatMap(({ hostPath }) => [hostPath, ...targetOf(hostPath)]));
}

/**
 * Copies into the host directory `outDir` what the run wrote at and below the `outputs`: what is not as
 * `before`. Returns why the result cannot stand for the run, or null.
 */
export function* collectOutputs(
  outputs: readonly DeclaredOutput[],
  before: PathStamps,
  outDir: string,
): Flow<Doubt | null> {
  try {
    for (const output of outputs) {
      const from = rootOf(output, before);
      yield* new Collector({ outputs, from, entryName: output.entryName, before, outDir }).collect(from);
      refuseDeletions(from, before);
    }
    return null;
  } catch (error) {
    if (error instanceof Refusal) return { reason: "output-refused", detail: error.message };
    if (!(error instanceof Error && "syscall" in error)) throw error;
    // The user has what the run wrote; half of it in a cache without room helps nobody.
    for (const { entryName } of outputs) rmSync(join(outDir, entryName), { recursive: true, force: true });
    return { reason: "write-failed", detail: error.message };
  }
}

/** Where a link leads, if anywhere. */
function targetOf(hostPath: string): string[] {
  if (lstatIfAny(hostPath)?.isSymbolicLink() !== true) return [];
  try {
    return [realpathSync(hostPath)];
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP")) return [];
    throw error;
  }
}

/** A link that the run left alone is a way to the output; one that it made is the output. */
function rootOf({ hostPath }: DeclaredOutput, before: PathStamps): string {
  const stats = lstatIfAny(hostPath);
  if (stats === undefined || before.get(hostPath) !== stampOf(stats)) return hostPath;
  return targetOf(hostPath)[0] ?? hostPath;
}

/** What a hit puts back cannot take anything away. */
function refuseDeletions(root: string, before: PathStamps): void {
  for (const path of before.keys()) {
    if (isAtOrBelow(path, root) && lstatIfAny(path) === undefined) {
      throw new Refusal(`the run deleted ${path}, which a hit could not do`);
    }
  }
}

interface Collection {
  readonly outputs: readonly DeclaredOutput[];
  /** Host path that the output really lies at. */
  readonly from: string;
  readonly entryName: string;
  readonly before: PathStamps;
  /** Host path of the directory that is to become the entry. */
  readonly outDir: string;
}

/** Copies one output. */
class Collector {
  readonly #collection: Collection;

  constructor(collection: Collection) {
    this.#collection = collection;
  }

  /** Copies what the run wrote at and below the host path `path`. */
  *collect(path: string): Flow<void> {
    const stats = lstatIfAny(path);
    if (stats === undefined) return;
    if (stats.isDirectory()) {
      mkdirSync(this.#target(path), { recursive: true });
      for (const name of namesIn(path)) yield* this.collect(join(path, name));
    } else if (this.#collection.before.get(path) !== stampOf(stats)) {
      mkdirSync(dirname(this.#target(path)), { recursive: true });
      yield* this.#take(path, stats);
    }
  }

  *#take(path: string, stats: BigIntStats): Flow<void> {
    if (stats.isFile()) return yield* copyWhole(path, this.#target(path), stats);
    if (!stats.isSymbolicLink()) throw new Refusal(`output ${path} is neither file, directory nor link`);
    const text = readlinkSync(path);
    const inside = this.#entryPath(resolve(dirname(path), text));
    if (inside !== null) {
      symlinkSync(relative(dirname(this.#entryPath(path) ?? ""), inside), this.#target(path));
      return;
    }
    const end = targetOf(path)[0];
    const endStats = end === undefined ? undefined : lstatIfAny(end);
    if (end === undefined || endStats?.isFile() !== true) {
      throw new Refusal(`output ${path} is a link to ${text}, which is no file and no output`);
    }
    yield* copyWhole(end, this.#target(path), endStats);
  }

  /** Host path of the place in the entry. */
  #target(path: string): string {
    return join(this.#collection.outDir, this.#entryPath(path) ?? "");
  }

  #entryPath(path: string): string | null {
    const { outputs, from, entryName } = this.#collection;
    return isAtOrBelow(path, from) ? join(entryName, relative(from, path)) : entryPathOf(outputs, path);
  }
}

function namesIn(dir: string): string[] {
  return readdirSync(dir, { encoding: "buffer" }).map((bytes) => {
    const name = bytes.toString("utf8");
    if (!Buffer.from(name, "utf8").equals(bytes)) throw new Refusal(`${dir} holds a name that is not UTF-8`);
    return name;
  });
}

function* copyWhole(from: string, to: string, stats: BigIntStats): Flow<void> {
  yield* cloneFile(from, to);
  const after = lstatIfAny(from);
  if (after === undefined || stampOf(after) !== stampOf(stats)) {
    throw new Refusal(`output ${from} changes after the run: something of it still writes`);
  }
}
