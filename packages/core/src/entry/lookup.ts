import { opendirSync } from "node:fs";
import { lstatIfAny } from "../hashing/input-path.js";
import { runBlocking } from "../platform/flow.js";
import { isGone, isSystemError } from "../platform/system-error.js";
import type { CacheKey } from "../types/brand.js";
import { InputError } from "../types/errors.js";
import type { MissReason } from "../types/event.js";
import type { CacheRoot } from "./cache-root.js";
import { firstFault, type CheckOptions } from "./check-entry.js";
import type { Entry } from "./entry.js";
import { entryDir, shardDir } from "./layout.js";
import type { DecodedManifest } from "./manifest-codec.js";
import { decodeRemembered } from "./manifest-memo.js";
import { readManifest } from "./read-manifest.js";
import { condemn } from "./trash.js";

/** How an entry is checked. */
export type LookupOptions = CheckOptions;

/** What stands at the place of a key. */
export type Lookup =
  | { readonly status: "found"; readonly entry: Entry }
  | {
      readonly status: "missing";
      readonly reason: MissReason;
      /** For people. */
      readonly detail: string;
      /** Whether a damaged entry was moved out of the way. */
      readonly quarantined: boolean;
    };

/** So often is looked again where somebody replaces the entry that is being judged. */
const ATTEMPTS = 4;

/**
 * The entry of `key` after every path of its manifest was checked. Any doubt is a miss; proof of damage
 * (wrong bytes, a listed path gone) moves the entry out of the way. Throws nothing that storage does.
 */
export function lookup(root: CacheRoot, key: CacheKey, options: LookupOptions): Lookup {
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const looked = lookOnce(root, key, options);
      if (looked !== null) return looked;
    }
    return vanished();
  } catch (error) {
    if (isGone(error)) return vanished();
    if (!isSystemError(error) && !(error instanceof InputError)) throw error;
    return missing("unreadable", `the entry cannot be read (${error.message})`);
  }
}

/** Null where another entry took the place of the one that was judged. */
function lookOnce(root: CacheRoot, key: CacheKey, options: LookupOptions): Lookup | null {
  const dir = entryDir(root.dir, key);
  const decoded = readManifestOf(root, key, dir);
  if (decoded === null) return absentOrIncomplete(dir);
  if (decoded.status !== "ok") {
    return missing(decoded.status === "corrupt" ? "incomplete" : decoded.status, decoded.detail);
  }
  const { manifest } = decoded;
  const fault =
    manifest.key === key
      ? runBlocking(firstFault(dir, manifest, options))
      : { detail: `it is the entry of ${manifest.key}`, isProof: true };
  if (fault === null) return { status: "found", entry: { key, dir, manifest } };
  if (!fault.isProof) return missing("unreadable", fault.detail);
  switch (condemn(root, key, manifest.nonce)) {
    case "condemned":
      return missing("corrupt", fault.detail, true);
    case "stuck":
      return missing("corrupt", fault.detail);
    case "gone":
      return vanished();
    case "replaced":
      return null;
  }
}

function readManifestOf(root: CacheRoot, key: CacheKey, dir: string): DecodedManifest | null {
  const decode = (bytes: Buffer): DecodedManifest => decodeRemembered(dir, bytes);
  const decoded = readManifest(dir, decode);
  if (decoded !== null || !root.isNetwork) return decoded;
  // A client remembers for a while that a name was not there; opening the directory makes it ask again. The shard
  // may be such a name itself: of NFS 4, only opening the root shows it.
  return openDirectory(root.dir) && openDirectory(shardDir(root.dir, key)) ? readManifest(dir, decode) : null;
}

function openDirectory(dir: string): boolean {
  try {
    opendirSync(dir).closeSync();
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

function absentOrIncomplete(dir: string): Lookup {
  return lstatIfAny(dir) === null
    ? missing("absent", "there is no entry")
    : missing("incomplete", "a result that was not cached, or a half-deleted entry, stands at its place");
}

function vanished(): Lookup {
  return missing("vanished", "the entry was removed while it was looked at");
}

function missing(reason: MissReason, detail: string, quarantined = false): Lookup {
  return { status: "missing", reason, detail, quarantined };
}
