import { filesystemKind } from "../platform/filesystem-kind.js";
import { isSystemError } from "../platform/system-error.js";
import type { InputPath } from "./input-path.js";

/**
 * How far the state of a file (size, times, inode) stands for its content: on a `local` file system it
 * does; on a `network` one that the user opted in, where an open file is asked and is old; else `never`.
 */
export type FilesystemTrust = "local" | "network" | "never";

/** A file system as the ledger sees it. */
export interface Filesystem {
  /** Name in `RUNCACHE_LEDGER_FS`, or null where it cannot be opted in. */
  readonly optInName: string | null;
  readonly trust: FilesystemTrust;
}

/**
 * File systems whose kernel keeps a ctime that cannot be set back. On overlayfs, what is changed through
 * it gets a new one too, copied up or not.
 */
const LOCAL: ReadonlySet<string> = new Set(["ext4", "xfs", "btrfs", "overlay"]);

/**
 * File systems that a user may know well enough. tmpfs is none of them: there, writing through mmap
 * leaves no trace. ZFS is, because a rollback brings old states back.
 */
export const OPT_IN_NAMES: readonly string[] = ["beegfs", "ceph", "cifs", "gpfs", "lustre", "nfs", "smb2", "zfs"];

/** Device numbers are given anew after an unmount. */
const REMEMBERED_NS = 10_000_000_000n;

/** Knows the file systems that files lie on. */
export class Filesystems {
  readonly #optedIn: ReadonlySet<string>;
  readonly #kindOf: (path: InputPath) => string;
  readonly #known = new Map<bigint, { readonly filesystem: Filesystem; readonly sinceNs: bigint }>();

  constructor(optedIn: ReadonlySet<string>, kindOf: (path: InputPath) => string = filesystemKind) {
    this.#optedIn = optedIn;
    this.#kindOf = kindOf;
  }

  /** The file system with the device number `dev`, on which `path` lies. */
  of(dev: bigint, path: InputPath): Filesystem {
    const nowNs = process.hrtime.bigint();
    const known = this.#known.get(dev);
    if (known !== undefined && nowNs - known.sinceNs < REMEMBERED_NS) return known.filesystem;
    const filesystem = this.#describe(this.#kindIfAny(path));
    this.#known.set(dev, { filesystem, sinceNs: nowNs });
    return filesystem;
  }

  #describe(kind: string | null): Filesystem {
    if (kind !== null && LOCAL.has(kind)) return { optInName: null, trust: "local" };
    if (kind === null || !OPT_IN_NAMES.includes(kind)) return { optInName: null, trust: "never" };
    return { optInName: kind, trust: this.#optedIn.has(kind) ? "network" : "never" };
  }

  /** Null where the system does not say. */
  #kindIfAny(path: InputPath): string | null {
    try {
      return this.#kindOf(path);
    } catch (error) {
      if (isSystemError(error)) return null;
      throw error;
    }
  }
}
