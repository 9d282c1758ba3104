import { statfsSync } from "node:fs";

/** Magic numbers of statfs(2), from linux/magic.h and the sources of the file systems. */
const KINDS: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x794c7630, "overlay"],
  [0x01021994, "tmpfs"],
  [0x858458f6, "ramfs"],
  [0x2fc12fc1, "zfs"],
  [0x6969, "nfs"],
  [0xff534d42, "cifs"],
  [0xfe534d42, "smb2"],
  [0x65735546, "fuse"],
  [0x01021997, "9p"],
  [0x0bd00bd0, "lustre"],
  [0x47504653, "gpfs"],
  [0x19830326, "beegfs"],
  [0x00c36400, "ceph"],
]);

const NETWORK = new Set(["nfs", "cifs", "smb2", "9p", "lustre", "gpfs", "beegfs", "ceph", "fuse"]);
const VOLATILE = new Set(["tmpfs", "ramfs"]);

/** Name of the file system that the host path lies on; `unknown` where it is none that is known. */
export function filesystemKind(path: string | Buffer): string {
  return KINDS.get(statfsSync(path).type >>> 0) ?? "unknown";
}

/** Whether other machines may change what lies on a file system of this kind. */
export function isNetworkKind(kind: string): boolean {
  return NETWORK.has(kind);
}

/** Whether nothing on a file system of this kind survives a power cut anyway. */
export function isVolatileKind(kind: string): boolean {
  return VOLATILE.has(kind);
}
