import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, realpathSync, renameSync, type Stats } from "node:fs";
import { dirname, join } from "node:path";
import { kindName, lstatIfAny } from "../hashing/input-path.js";
import { below } from "../platform/below.js";
import { perform, type Flow } from "../platform/flow.js";
import { randomName } from "../platform/random-name.js";
import { Turn } from "../platform/turn.js";
import type { EntryModes } from "./cache-root.js";
import { cloneFile } from "./clone-file.js";
import { BUMP_NAME, RESERVED_NAME } from "./layout.js";
import { OutputRefused } from "./output-refused.js";
import { takeLink, type ScannedLink } from "./take-link.js";
import { hasCode } from "../types/errors.js";

/** One path that a run left, ready to be stored. Paths are relative to the output directory. */
export type ScannedOutput =
  | { readonly kind: "file"; readonly path: string; readonly mode: number }
  | { readonly kind: "dir"; readonly path: string }
  | ScannedLink;

const OWNER_EXECUTES = 0o100;

/** What the system takes as a path, and NUL. */
const LONGEST_PATH_BYTES = 4096;

/**
 * Walks the output directory `outDir` (host path) and brings it into the form of an entry: private
 * copies of hard-linked files, the permission bits of the cache, relative links.
 * @param entryDir host path that it will have
 * @returns every path below it, a directory before what is in it, in code-unit order
 * @throws OutputRefused on a socket, FIFO or device, a name that is not UTF-8, is reserved or too long for
 * its place, a link that dangles, loops, or leads to a directory outside; what the file system throws
 */
export function* scanOutputs(outDir: string, entryDir: string, modes: EntryModes): Flow<ScannedOutput[]> {
  const outputs: ScannedOutput[] = [];
  const pending = [""];
  prepareRoot(outDir, modes);
  const realRoot = realpathSync.native(outDir);
  const scan: Scan = { realRoot, modes, gid: (modes.directory & SETGID) === 0 ? null : lstatSync(realRoot).gid };
  const turn = new Turn();
  for (let dir = pending.pop(); dir !== undefined; dir = pending.pop()) {
    for (const name of yield* listDirectory(dir === "" ? realRoot : below(realRoot, dir), turn)) {
      const path = dir === "" ? name : `${dir}/${name}`;
      refuseName(path, name, entryDir);
      const output = yield* take(scan, path);
      outputs.push(output);
      if (output.kind === "dir") pending.push(path);
    }
  }
  return outputs.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What all outputs of one walk share. */
interface Scan {
  /** Host path of the output directory, without links. */
  readonly realRoot: string;
  readonly modes: EntryModes;
  /** The group that may read the entry, where a group shares the cache; else null. */
  readonly gid: number | null;
}

const SETGID = 0o2000;

/** A tool may have removed the directory that it stood in: then it left nothing. */
function prepareRoot(outDir: string, modes: EntryModes): void {
  const stats = lstatIfAny(outDir);
  if (stats === null) mkdirSync(outDir);
  else if (!stats.isDirectory()) throw new OutputRefused("the tool replaced its output directory");
  if (stats === null || (stats.mode & 0o7777) !== modes.directory) chmodSync(outDir, modes.directory);
}

/** Lists a directory; others may run before, where this turn of the event loop takes long already. */
function* listDirectory(dir: string, turn: Turn): Flow<string[]> {
  if (turn.isLong) yield* perform<void>({ sync: () => turn.begin(), async: () => turn.end() });
  return namesOf(dir);
}

function namesOf(dir: string): string[] {
  return readdirSync(dir, { encoding: "buffer" }).map((bytes) => {
    const name = bytes.toString("utf8");
    if (Buffer.from(name, "utf8").equals(bytes)) return name;
    throw new OutputRefused(`the name of output ${JSON.stringify(name)} is not valid UTF-8`);
  });
}

function refuseName(path: string, name: string, entryDir: string): void {
  if (path === RESERVED_NAME || name === BUMP_NAME) {
    throw new OutputRefused(`the name of output ${path} is reserved for the entry's own record`);
  }
  if (Buffer.byteLength(entryDir) + 1 + Buffer.byteLength(path) >= LONGEST_PATH_BYTES) {
    throw new OutputRefused(`the path of output ${path} is too long for its place in the cache`);
  }
}

function* take(scan: Scan, path: string): Flow<ScannedOutput> {
  const hostPath = below(scan.realRoot, path);
  const stats = lstatSync(hostPath);
  if (stats.isDirectory()) {
    giveToGroup(hostPath, stats, scan);
    chmodSync(hostPath, scan.modes.directory);
    return { kind: "dir", path };
  }
  if (stats.isFile()) return yield* takeFile(scan, hostPath, path, stats);
  if (!stats.isSymbolicLink()) throw new OutputRefused(`output ${path} is ${kindName(stats)}`);
  const taken = takeLink(scan.realRoot, path);
  if (taken.kind === "link") return taken;
  yield* replaceByCopy(taken.content, hostPath);
  return yield* takeFile(scan, hostPath, path, lstatSync(hostPath));
}

function* takeFile(scan: Scan, hostPath: string, path: string, stats: Stats): Flow<ScannedOutput> {
  const { modes } = scan;
  if (stats.nlink > 1) yield* replaceByCopy(hostPath, hostPath); // else the caller's own file would change its mode with ours
  giveToGroup(hostPath, stats.nlink > 1 ? lstatSync(hostPath) : stats, scan);
  const mode = modes.file | ((stats.mode & OWNER_EXECUTES) === 0 ? 0 : modes.file >> 2); // setuid and setgid go
  chmodSync(hostPath, mode);
  return { kind: "file", path, mode };
}

/**
 * What `cp -p`, `install -g` and the copies of Node 24 make has the group of its source, though the directory says
 * otherwise. Who is not in the cache's group cannot give it away: others then run again what they cannot read.
 */
function giveToGroup(hostPath: string, { uid, gid }: Stats, scan: Scan): void {
  if (scan.gid === null || scan.gid === gid) return;
  try {
    chownSync(hostPath, uid, scan.gid);
  } catch (error) {
    if (!hasCode(error, "EPERM")) throw error;
  }
}

/** What stood at `to` is replaced. */
function* replaceByCopy(from: string, to: string): Flow<void> {
  const draft = join(dirname(to), `.runcache.${randomName()}`);
  yield* cloneFile(from, draft);
  renameSync(draft, to);
}
