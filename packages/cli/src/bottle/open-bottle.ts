import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { hasCode, type Cache, type Imported } from "@runcache/core";
import { BottleError } from "./bottle-error.js";
import type { BottleIndex } from "./bottle-index.js";
import type { BottleLimits } from "./bottle-limits.js";
import { unpackBottle } from "./unpack-bottle.js";
import { verifyBottle } from "./verify-bottle.js";

/** How a bottle is opened. */
export interface OpenOptions {
  readonly limits: BottleLimits;
  readonly signal: AbortSignal;
}

/**
 * Takes the entries of the bottle at the host path `file` into `cache`.
 * @throws BottleError and what `Cache.import` throws, and then nothing was taken that is not whole
 */
export async function importBottle(
  file: string,
  cache: Cache,
  { limits, signal }: OpenOptions,
): Promise<readonly Imported[]> {
  return await cache.import(async (dir) => {
    const place = join(dir, "bottle");
    mkdirSync(place, { mode: 0o700 });
    return await verifyBottle(place, await unpackBottle(file, place, limits, signal));
  });
}

/**
 * Lays what the bottle at the host path `file` holds out in the host directory `dir`, which must not be there, or
 * be empty; it is there when all of it is.
 * @throws BottleError `ERR_RUNCACHE_BOTTLE_TARGET` where something is in the way, and as `unpackBottle` and
 * `verifyBottle`; what the file system throws
 */
export async function extractBottle(file: string, dir: string, { limits, signal }: OpenOptions): Promise<BottleIndex> {
  refuseTaken(dir);
  mkdirSync(dirname(dir), { recursive: true });
  const draft = `${dir}.${randomBytes(8).toString("hex")}`;
  mkdirSync(draft);
  try {
    const index = await unpackBottle(file, draft, limits, signal);
    await verifyBottle(draft, index);
    move(draft, dir);
    return index;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function refuseTaken(dir: string): void {
  try {
    if (readdirSync(dir).length > 0) throw taken(dir);
  } catch (error) {
    if (hasCode(error, "ENOTDIR")) throw taken(dir);
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function move(draft: string, dir: string): void {
  try {
    renameSync(draft, dir);
  } catch (error) {
    throw hasCode(error, "ENOTEMPTY", "EEXIST", "ENOTDIR") ? taken(dir) : error;
  }
}

function taken(dir: string): BottleError {
  return new BottleError("TARGET", `${dir} is there already: name a new or an empty directory`, { dir });
}
