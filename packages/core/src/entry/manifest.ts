import type { KeyParts } from "../key/key-parts.js";
import type { CacheKey, Digest } from "../types/brand.js";
import type { JsonObject } from "../types/json.js";
import type { ResourceUsage } from "../types/launcher.js";
import type { Metadata } from "../types/runner.js";
import type { LAYOUT_VERSION } from "./layout.js";

/** A regular file of an entry. */
export interface FileRecord {
  readonly kind: "file";
  /** Entry-relative, POSIX. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Permission bits. */
  readonly mode: number;
  /** Nanoseconds since 1970, as decimal digits: numbers lose them. */
  readonly mtimeNs: string;
  readonly digest: Digest;
}

/** One path of an entry; a directory comes before what is in it. */
export type OutputRecord =
  | FileRecord
  | { readonly kind: "dir"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** A recorded stream: in the manifest itself, or beside it as concatenated gzip members. */
export interface StreamRecord {
  readonly sizeBytes: number;
  /** Digest of the bytes as the tool wrote them. */
  readonly digest: Digest;
  /** The bytes in base64, or null where they lie beside the manifest. */
  readonly inline: string | null;
  /** Sizes in bytes of the gzip members beside the manifest, in order; each holds at most 1 MiB. */
  readonly members: readonly number[];
}

/** The entry's own record (DESIGN §6). */
export interface Manifest {
  readonly layout: typeof LAYOUT_VERSION;
  readonly key: CacheKey;
  /** Random; tells the entries of one key apart. */
  readonly nonce: string;
  /** Exactly as they were hashed. */
  readonly parts: KeyParts;
  readonly guards: JsonObject;
  readonly outputs: readonly OutputRecord[];
  /** Names given to `outputFile` → whether the run wrote them. */
  readonly names: Readonly<Record<string, boolean>>;
  readonly stdout: StreamRecord;
  readonly stderr: StreamRecord;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly usage: ResourceUsage | null;
  readonly user: string | null;
  readonly host: string | null;
  /** Its citations included. */
  readonly tool: Metadata;
  readonly image: string | null;
  /** Versions of what made the entry: runcache, Node. */
  readonly versions: Readonly<Record<string, string>>;
  readonly ignoredParams: readonly string[];
  /** Entries whose outputs were inputs. */
  readonly parents: readonly CacheKey[];
  /** Inputs, by index, whose digest rests on the times of a network file system (`RUNCACHE_LEDGER_FS`). */
  readonly networkInputs: readonly number[];
  /**
   * Boot id of the system that committed it without a flush, null where that has none; absent where everything
   * was flushed. After a power cut its files may have their sizes and times, and nothing in them.
   */
  readonly unflushedIn?: string | null;
}

/** Bytes of the outputs' contents. */
export function outputBytes({ outputs }: Pick<Manifest, "outputs">): number {
  return outputs.reduce((sum, output) => sum + (output.kind === "file" ? output.sizeBytes : 0), 0);
}
