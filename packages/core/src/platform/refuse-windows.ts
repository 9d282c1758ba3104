import { RuncacheError } from "../types/errors.js";

/**
 * Paths, modes, signals and renames are POSIX throughout.
 * @throws RuncacheError `ERR_RUNCACHE_PLATFORM` on Windows itself
 */
export function refuseWindows(platform: NodeJS.Platform = process.platform): void {
  if (platform !== "win32") return;
  throw new RuncacheError(
    "ERR_RUNCACHE_PLATFORM",
    "runcache runs on Linux and macOS, and on Windows under WSL: install Node and your tools there, and run this again",
    { platform },
  );
}
