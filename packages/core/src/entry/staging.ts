import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { lstatIfAny } from "../hashing/input-path.js";
import { debugLog } from "../platform/debug.js";
import { processIdentity } from "../platform/process-identity.js";
import { randomName } from "../platform/random-name.js";
import { isForbidden, isGone, isSystemError } from "../platform/system-error.js";
import { hasCode } from "../types/errors.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import { INCOMING_NAME } from "./layout.js";
import { removeTree } from "./remove-tree.js";

/** Name of the file in a staging directory that says whose it is. */
export const OWNER_NAME = "owner";

/** What a staging directory holds beside it. */
const WORK_NAMES = ["out", "stdout", "stderr"] as const;

/** Where a run happens: `<cache>/.incoming/<random>/`. Host paths. */
export interface Staging {
  readonly dir: string;
  /** The tool's working directory, which becomes the entry. */
  readonly outDir: string;
  readonly stdoutPath: string;
  readonly stderrPath: string;
  /** Open for reading and writing. */
  readonly stdoutFd: number;
  readonly stderrFd: number;
  /** Closes the descriptors and removes what is left, unless it is kept. May be called again. */
  discard(): void;
  /** Closes the descriptors; what is there stays for somebody to fetch, whatever `discard` says later. */
  keep(): void;
}

/**
 * Makes a staging directory.
 * @throws what the file system throws
 */
export function createStaging(root: CacheRoot): Staging {
  const dir = makeDir(root);
  const [outDir, stdoutPath, stderrPath] = WORK_NAMES.map((name) => join(dir, name)) as [string, string, string];
  const fds: number[] = [];
  const open = (path: string): number => {
    const fd = openSync(path, "wx+", 0o600);
    fds.push(fd);
    return fd;
  };
  let isKept = false;
  const close = (): void => {
    for (const fd of fds.splice(0)) closeForGood(fd);
  };
  const discard = (): void => {
    close();
    if (!isKept) removeStaging(dir);
  };
  const keep = (): void => {
    close();
    isKept = true;
  };
  try {
    writeFileSync(join(dir, OWNER_NAME), JSON.stringify(processIdentity()), { flag: "wx" });
    mkdirSync(outDir, { mode: 0o700 });
    return {
      dir,
      outDir,
      stdoutPath,
      stderrPath,
      stdoutFd: open(stdoutPath),
      stderrFd: open(stderrPath),
      discard,
      keep,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

/** The owner goes last: what a kill or the storage leaves behind is then swept once that process is dead. */
function removeStaging(dir: string): void {
  if (removeRest(dir)) return;
  const isCleared = WORK_NAMES.map((name) => removeTree(join(dir, name))).every(Boolean);
  if (isCleared) removeTree(dir);
}

/** Removes what is left after a commit, without looking at it first; false where there is more, or it resists. */
function removeRest(dir: string): boolean {
  const [outDir, stdoutPath, stderrPath] = WORK_NAMES.map((name) => join(dir, name)) as [string, string, string];
  if (existsSync(outDir)) return false;
  try {
    unlinkSync(stdoutPath);
    unlinkSync(stderrPath);
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
  return lstatIfAny(join(dir, OWNER_NAME)) !== null;
}

/** Keeps the staging directory at the host path `dir` young: sweeps and cron take old ones. */
export function touchStaging(dir: string): void {
  const nowS = Date.now() / 1000;
  try {
    utimesSync(dir, nowS, nowS);
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

/** Others may delete the empty `.incoming` at the same time, but not for ever. */
const ATTEMPTS = 10;

function makeDir(root: CacheRoot): string {
  const dir = join(root.dir, INCOMING_NAME, randomName());
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

/** Closing can report that earlier writes were lost; what is thrown away may be lost. */
function closeForGood(fd: number): void {
  try {
    closeSync(fd);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
