import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { copyFile } from "node:fs/promises";
import { bytePath, inputPath, joinBytes, type BytePath } from "../hashing/byte-path.js";
import { displayPath, kindName, lstatIfAny } from "../hashing/input-path.js";
import { perform, type Flow } from "../platform/flow.js";
import { RuncacheError } from "../types/errors.js";
import { RESERVED_NAME } from "./layout.js";

/**
 * Copies the outputs in the host directory `from` into the host directory `to`, sharing blocks where the
 * file system can, without the entry's own record. What is written belongs to the user: writable, under
 * the umask, executable where the output is.
 * @throws what the file system throws, EEXIST for a name that is there already; RuncacheError
 * `ERR_RUNCACHE_EXPORT_KIND` on a FIFO, socket or device, which only a result that was not cached holds
 */
export function* copyOutputs(from: string, to: string): Flow<void> {
  mkdirSync(to, { recursive: true });
  yield* copyInto(bytePath(from), bytePath(to), true);
}

function* copyInto(from: BytePath, to: BytePath, isRoot: boolean): Flow<void> {
  for (const bytes of readdirSync(inputPath(from), { encoding: "buffer" })) {
    const name = bytePath(bytes);
    if (!isRoot || name !== RESERVED_NAME) yield* copyNode(joinBytes(from, name), joinBytes(to, name));
  }
}

function* copyNode(from: BytePath, to: BytePath): Flow<void> {
  const [source, target] = [inputPath(from), inputPath(to)];
  const stats = lstatSync(source);
  if (stats.isSymbolicLink()) {
    symlinkSync(readlinkSync(source, { encoding: "buffer" }), target);
  } else if (stats.isDirectory()) {
    makeDirectory(target);
    yield* copyInto(from, to, false);
  } else if (stats.isFile()) {
    yield* copyContent(source, target, (stats.mode & 0o100) !== 0);
  } else {
    const path = displayPath(source);
    const message = `${path} is ${kindName(stats)}, which cannot be copied: use it where it lies`;
    throw new RuncacheError("ERR_RUNCACHE_EXPORT_KIND", message, { path });
  }
}

function makeDirectory(path: string | Buffer): void {
  if (lstatIfAny(path)?.isDirectory() !== true) mkdirSync(path);
}

/** A file that is made first shows which permissions the umask, or the directory's default ACL, leaves. */
function* copyContent(from: string | Buffer, to: string | Buffer, executable: boolean): Flow<void> {
  const fd = openSync(to, "wx", executable ? 0o777 : 0o666);
  const { mode } = fstatSync(fd);
  closeSync(fd);
  const flag = constants.COPYFILE_FICLONE;
  yield* perform({ sync: () => copyFileSync(from, to, flag), async: () => copyFile(from, to, flag) });
  chmodSync(to, mode & 0o777);
}
