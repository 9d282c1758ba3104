import { execFile, spawnSync } from "node:child_process";
import { constants } from "node:os";
import { perform, type Flow } from "../platform/flow.js";

/** Others' data is flushed too; after so long, in milliseconds, each file is better flushed by itself. */
const TIMEOUT_MS = 30_000;

/** `unavailable`: there is no such program, it cannot do that, or it took too long. */
type Verdict = "flushed" | "failed" | "unavailable";

let isUnsupported = process.platform !== "linux";

/**
 * Flushes the whole file system of the host path `path` (syncfs(2), which Node does not have, through
 * coreutils' `sync -f`). Returns whether that was possible.
 * @throws a system error where data was lost
 */
export function* syncFilesystem(path: string): Flow<boolean> {
  if (isUnsupported) return false;
  const verdict = yield* sync(path);
  if (verdict === "flushed") return true;
  if (verdict === "unavailable") return false;
  // A `sync` that does not know -f fails the same way; it fails here too, where nothing can be lost.
  isUnsupported = (yield* sync("/proc")) !== "flushed";
  if (isUnsupported) return false;
  const error = new Error(`EIO: not all data reached the disk, sync -f '${path}'`);
  throw Object.assign(error, { code: "EIO", errno: -constants.errno.EIO, syscall: "syncfs", path });
}

function* sync(path: string): Flow<Verdict> {
  return yield* perform<Verdict>({ sync: () => syncBlocking(path), async: () => syncUnblocked(path) });
}

function syncBlocking(path: string): Verdict {
  const { status } = spawnSync("sync", ["-f", path], { stdio: "ignore", timeout: TIMEOUT_MS });
  if (status === null) return "unavailable"; // not started, or killed
  return status === 0 ? "flushed" : "failed";
}

function syncUnblocked(path: string): Promise<Verdict> {
  return new Promise((resolve) => {
    execFile("sync", ["-f", path], { timeout: TIMEOUT_MS }, (error) => {
      if (error === null) resolve("flushed");
      else resolve(typeof error.code === "number" ? "failed" : "unavailable");
    });
  });
}
