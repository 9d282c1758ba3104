import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { debugLog } from "../platform/debug.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import type { CacheKey } from "../types/brand.js";
import { hasCode } from "../types/errors.js";
import { ensureDir, type CacheRoot } from "./cache-root.js";
import type { Entry } from "./entry.js";
import { entryDir, PIN_PATH, shardName } from "./layout.js";
import { pinDirectory } from "./pin.js";
import { nonceIn } from "./read-manifest.js";
import { removeTree } from "./remove-tree.js";
import { moveBack, moveToTrash } from "./trash.js";

/** What is to happen to what stands at a place. */
export type Judgement =
  | { readonly verdict: "stays"; readonly entry: Entry }
  /** Another version of runcache made it: it stays, and we get no place. */
  | { readonly verdict: "not-ours" }
  /** It goes, unless something else took its place since it was judged; null: it has no valid manifest. */
  | { readonly verdict: "goes"; readonly nonce: string | null }
  /** It goes, and so does whatever took its place. */
  | { readonly verdict: "makes-way" };

/** What decides where something stands at the place already. */
export interface PlaceRules {
  /** Whether the directory at the host path `dir` is the one that was to be moved: a reply can get lost. */
  readonly isOurs: (dir: string) => boolean;
  /** Judges what stands at the host path `dir`. */
  readonly judge: (dir: string) => Judgement;
}

/** Others may commit and delete at the same place at the same time, but not for ever. */
const ATTEMPTS = 20;

/**
 * Renames the host directory `outDir` to the place of `key`. What must go from there goes to the trash;
 * a pin goes on to hold.
 * @returns the entry that stays there, or null where `outDir` does
 * @throws what the file system throws, and then `outDir` is where it was
 */
export function takePlace(root: CacheRoot, key: CacheKey, outDir: string, rules: PlaceRules): Entry | null {
  const dir = entryDir(root.dir, key);
  let wasPinned = false;
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(outDir, dir);
      if (wasPinned) pinAgain(root, dir);
      return null;
    } catch (error) {
      if (rules.isOurs(dir)) return null;
      if (attempt === ATTEMPTS) throw error;
      if (hasCode(error, "EEXIST", "ENOTEMPTY", "ENOTDIR")) {
        const judgement = rules.judge(dir);
        if (judgement.verdict === "stays") return judgement.entry;
        if (judgement.verdict === "not-ours") throw error;
        wasPinned = clear(root, key, judgement) || wasPinned;
      } else if (isGone(error)) {
        ensureDir(root, shardName(key));
      } else {
        throw error;
      }
    }
  }
}

/** Clears the place, unless something else stands there by now. Returns whether what went was pinned. */
function clear(root: CacheRoot, key: CacheKey, judgement: Judgement): boolean {
  const away = moveToTrash(root, entryDir(root.dir, key));
  if (away === null) return false;
  if (judgement.verdict === "goes" && nonceIn(away) !== judgement.nonce) {
    moveBack(root, key, away);
    return false;
  }
  const wasPinned = existsSync(join(away, PIN_PATH));
  removeTree(away);
  return wasPinned;
}

/** A result that is no entry cannot be pinned, nor one whose directory is gone already. */
function pinAgain(root: CacheRoot, dir: string): void {
  try {
    pinDirectory(root, dir);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    debugLog("entry", "%s is not pinned any more: %s", dir, error.message);
  }
}
