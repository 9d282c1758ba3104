import { statSync, type BigIntStats } from "node:fs";
import { InputError, runBlocking } from "@runcache/core";
import { digests } from "./digests.js";

/**
 * What stands for the content of the executable at the host path `path`: its digest, or where only
 * executing it is allowed, its place and times.
 * @param state what `statSync` said of it just now
 */
export function executableIdentity(path: string, state: BigIntStats): string {
  try {
    const known = digests().recallExecutable(path, state) ?? runBlocking(digests().executable(path));
    return known.digest;
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== "ERR_RUNCACHE_INPUT_UNREADABLE") throw error;
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `stat:${[dev, ino, size, mtimeNs, ctimeNs].join(":")}`;
  }
}
