import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { below } from "../platform/below.js";
import { debugLog } from "../platform/debug.js";
import { processIdentity } from "../platform/process-identity.js";
import { randomName } from "../platform/random-name.js";
import { isForbidden, isGone, isSystemError } from "../platform/system-error.js";
import { touchNow } from "../platform/touch-now.js";
import { hasCode } from "../types/errors.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { INCOMING_NAME, OWNER_NAME } from "./layout.js";
import { removeTree } from "./remove-tree.js";
import { STREAM_NAMES, type StreamName } from "./replay-stream.js";
import { spareStagings } from "./spare-staging.js";
import { StagedStream } from "./staged-stream.js";

/** Name of the directory beside it that the tool works in. */
const OUT_NAME = "out";

/** Where a run happens: `<cache>/.incoming/<random>/`. Host paths. */
export interface Staging {
  readonly dir: string;
  /** The tool's working directory, which becomes the entry. */
  readonly outDir: string;
  readonly stdout: StagedStream;
  readonly stderr: StagedStream;
  readonly stdoutFd: number;
  readonly stderrFd: number;
  /** Appends to a stream. */
  readonly write: (stream: StreamName, bytes: Uint8Array) => void;
  /** Closes the streams and removes what is left, unless it is kept. May be called again. */
  discard(): void;
  /** Closes the streams; what is there stays for somebody to fetch, whatever `discard` says later. */
  keep(): void;
}

/** Options of `createStaging`. */
export interface StagingOptions {
  /** Take the directory of a run that has just ended, and leave it to the next one. @default false */
  readonly reuse?: boolean;
}

/**
 * Makes a staging directory.
 * @throws what the file system throws
 */
export function createStaging(root: CacheRoot, { reuse = false }: StagingOptions = {}): Staging {
  const spare = reuse ? takeSpareWithOut(root) : null;
  const dir = spare ?? makeDir(root);
  const [outDir, stdout, stderr] = [below(dir, OUT_NAME), streamIn(dir, "stdout"), streamIn(dir, "stderr")];
  const streams = [stdout, stderr];
  let [isKept, isGone] = [false, false];
  const discard = (): void => {
    for (const stream of streams) stream.close();
    if (isKept || isGone) return;
    isGone = true;
    const isEmpty = !existsSync(outDir) && streams.every(({ isFile }) => !isFile);
    if (reuse && isEmpty) spareStagings.offer(root.dir, dir);
    else removeStaging(dir, streams);
  };
  const keep = (): void => {
    for (const stream of streams) stream.persist();
    isKept = true;
  };
  try {
    if (spare === null) {
      writeFileSync(join(dir, OWNER_NAME), JSON.stringify(processIdentity()), { flag: "wx" });
      mkdirSync(outDir, { mode: 0o700 });
    }
    return {
      dir,
      outDir,
      stdout,
      stderr,
      get stdoutFd() {
        return stdout.fd;
      },
      get stderrFd() {
        return stderr.fd;
      },
      write: (name, bytes) => (name === "stdout" ? stdout : stderr).write(bytes),
      discard,
      keep,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

/** The owner goes last: what a kill or the storage leaves behind is then swept once that process is dead. */
function removeStaging(dir: string, streams: readonly StagedStream[]): void {
  if (removeRest(dir, streams)) return;
  const isCleared = [OUT_NAME, ...STREAM_NAMES].map((name) => removeTree(join(dir, name))).every(Boolean);
  if (isCleared) removeTree(dir);
}

/** Removes what is left after a commit, without looking at it first; false where there is more, or it resists. */
function removeRest(dir: string, streams: readonly StagedStream[]): boolean {
  if (existsSync(below(dir, OUT_NAME))) return false;
  try {
    for (const { isFile, path } of streams) if (isFile) unlinkSync(path);
    unlinkSync(join(dir, OWNER_NAME));
    rmdirSync(dir);
    return true;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return false;
  }
}

/**
 * Makes `staging` again where somebody removed it, with the whole cache perhaps; its descriptors stay good.
 * Where it cannot be made, what needs it says so.
 */
export function remakeIfGone(root: CacheRoot, { dir, outDir }: Staging): void {
  try {
    if (lstatIfAny(outDir) !== null) return;
    ensureDir(root, INCOMING_NAME);
    mkdirSync(outDir, { recursive: true, mode: 0o700 });
    writeFileSync(join(dir, OWNER_NAME), JSON.stringify(processIdentity()));
  } catch (error) {
    if (!isSystemError(error)) throw error;
    debugLog("entry", "%s was removed and cannot be made again: %s", dir, error.message);
  }
}

/**
 * Whether nobody removed `staging`, or began to: an `rm -rf` that goes on beside takes outputs one by one,
 * and what it left of them must not become an entry.
 */
export function isWhole({ dir }: Staging): boolean {
  return lstatIfAny(below(dir, OWNER_NAME)) !== null;
}

/** Keeps the staging directory at the host path `dir` young: sweeps and cron take old ones. */
export function touchStaging(dir: string): void {
  try {
    touchNow(dir);
  } catch (error) {
    if (!isGone(error) && !isForbidden(error)) throw error;
  }
}

/**
 * Keeps `staging` for a day, whether or not this process lives: sweeps take what belongs to the dead, but
 * of what has no owner only what is old.
 */
export function keepForADay(staging: Staging): void {
  staging.keep();
  touchStaging(staging.dir);
  try {
    rmSync(join(staging.dir, OWNER_NAME), { force: true });
  } catch (error) {
    if (!isSystemError(error)) throw error; // where nothing can be removed, sweeps cannot either
  }
}

/**
 * Null where this process has none to spare that is still there. Under a new name: what an earlier run goes on writing
 * after its end finds nothing any more.
 */
function takeSpareWithOut(root: CacheRoot): string | null {
  for (;;) {
    const spare = spareStagings.take(root.dir);
    if (spare === undefined) return null;
    try {
      const dir = newDir(root);
      renameSync(spare, dir);
      mkdirSync(below(dir, OUT_NAME), { mode: 0o700 });
      return dir;
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

/** Others may delete the empty `.incoming` at the same time, but not for ever. */
const ATTEMPTS = 10;

function makeDir(root: CacheRoot): string {
  const dir = newDir(root);
  for (let attempt = 1; ; attempt++) {
    try {
      mkdirSync(dir, { mode: 0o700 });
      return dir;
    } catch (error) {
      if (!hasCode(error, "ENOENT") || attempt === ATTEMPTS) throw error;
      ensureDir(root, INCOMING_NAME);
    }
  }
}

/** Host path. */
function newDir(root: CacheRoot): string {
  return join(root.dir, INCOMING_NAME, randomName());
}

function streamIn(dir: string, name: StreamName): StagedStream {
  return new StagedStream(below(dir, name));
}
