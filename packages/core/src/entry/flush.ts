import { closeSync, fsyncSync, openSync } from "node:fs";
import { open } from "node:fs/promises";
import { perform, type Flow } from "../platform/flow.js";
import { syncFilesystem } from "./sync-filesystem.js";

/** More paths than this are flushed with their whole file system, in one call: it is faster from here on. */
const FEW_PATHS = 16;
const PARALLEL = 4;

/**
 * Flushes the files and directories at the host paths `paths`, which lie below `dir`, so that a name
 * made afterwards never outlives its content (FAULTS §4).
 * @throws what the file system throws: the data must then be given up, a second flush may claim success
 */
export function* flush(dir: string, paths: readonly string[]): Flow<void> {
  if (paths.length > FEW_PATHS && (yield* syncFilesystem(dir))) return;
  yield* perform<void>({ sync: () => paths.forEach(flushOne), async: () => flushSome(paths) });
}

/**
 * Flushes the file or directory at the host path `path`; a descriptor for reading is enough.
 * @throws what the file system throws
 */
export function flushOne(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

async function flushSome(paths: readonly string[]): Promise<void> {
  const rest = paths.values();
  const work = async (): Promise<void> => {
    for (const path of rest) {
      const file = await open(path, "r");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
