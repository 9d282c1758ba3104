import { spawnSync } from "node:child_process";
import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TempDir } from "../kit/temp-dir.js";
import type { Probe } from "../kit/skips.js";

/** What a disk can be formatted with here. */
export type DiskFormat = "ext4" | "xfs";

/** A file system in a file; a copy of that file is what a power cut would leave of it. */
export interface LoopDisk {
  /** Host path where it is mounted. */
  readonly dir: string;
  /** Makes the kernel write down what happened so far, names above all: another file is flushed. */
  flushAnotherFile(): void;
  /** Keeps what is on the disk at this moment; the disk itself goes on. */
  cut(): Cut;
}

/** What a power cut left. */
export interface Cut {
  /** Mounts it, recovering its journal, for the time of `use`. */
  mounted<T>(use: (dir: string) => T | Promise<T>): Promise<T>;
}

/** Disks whose power can be cut. All of them go when the scope ends. */
export interface LoopDisks extends AsyncDisposable {
  add(format: DiskFormat): LoopDisk;
}

/** XFS is not made smaller than this. */
const IMAGE_BYTES = "320M";
const FORMAT: Readonly<Record<DiskFormat, readonly string[]>> = {
  ext4: ["mkfs.ext4", "-q", "-F"],
  xfs: ["mkfs.xfs", "-q", "-f"],
};
/** A copy has the identity of the disk that it is a copy of, which XFS refuses to mount twice. */
const MOUNT_OPTIONS: Readonly<Record<DiskFormat, readonly string[]>> = { ext4: [], xfs: ["-o", "nouuid"] };

/** Whether loop devices can be made and mounted, and an XFS with reflinks. */
export const loopDisksProbe: Probe = () => {
  const found = spawnSync("losetup", ["--find"], { encoding: "utf8" });
  return found.status === 0 ? null : `no loop device: ${found.error?.message ?? found.stderr.trim()}`;
};

/**
 * Disks in files, which lie on an XFS with reflinks, itself in a file below `temp`. A reflink copy of
 * such a file takes an instant and holds what reached the disk by then: a power cut that loses the page
 * cache. It does not reorder what the device was given.
 */
export function makeLoopDisks(temp: TempDir): LoopDisks {
  const undo: (() => unknown)[] = [];
  const shelf = attach("xfs", makeImage("xfs", temp.join("shelf.img")), temp.join("shelf"), undo);
  let count = 0;
  return {
    add: (format) => {
      const name = `${format}-${++count}`;
      const image = makeImage(format, path.join(shelf, `${name}.img`));
      const dir = attach(format, image, temp.join(name), undo);
      return {
        dir,
        flushAnotherFile: () => {
          const file = path.join(dir, "another");
          writeFileSync(file, String(++count));
          flushFile(file);
        },
        cut: () => {
          const copy = path.join(shelf, `${name}-cut-${++count}.img`);
          must("cp", ["--reflink=always", image, copy]);
          return { mounted: (use) => useMounted(format, copy, temp.join(`cut-${++count}`), use) };
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      for (const step of undo.reverse()) step();
      await Promise.resolve();
    },
  };
}

async function useMounted<T>(
  format: DiskFormat,
  image: string,
  dir: string,
  use: (dir: string) => T | Promise<T>,
): Promise<T> {
  const undo: (() => unknown)[] = [];
  attach(format, image, dir, undo);
  try {
    return await use(dir);
  } finally {
    for (const step of undo.reverse()) step();
  }
}

function makeImage(format: DiskFormat, image: string): string {
  // The shelf holds all others; nothing of its size is really written.
  must("truncate", ["-s", image.endsWith("shelf.img") ? "8G" : IMAGE_BYTES, image]);
  const [program = "", ...args] = FORMAT[format];
  must(program, [...args, image]);
  return image;
}

/** Mounts the image at `dir`, and adds to `undo` how that is taken back. */
function attach(format: DiskFormat, image: string, dir: string, undo: (() => unknown)[]): string {
  mkdirSync(dir);
  const args = ["-t", format, ...MOUNT_OPTIONS[format], "-o", "loop", image, dir];
  for (let attempt = 1; ; attempt++) {
    const { status, stderr } = spawnSync("mount", args, { encoding: "utf8" });
    if (status === 0) break;
    // Another may take the loop device between the moment when it is found free and when it is used.
    if (attempt === ATTEMPTS || !stderr.includes("loop device"))
      throw new Error(`mount ${args.join(" ")} failed: ${stderr}`);
  }
  // The kernel lets go of a loop device some time after its mount went: what is busy till then is detached lazily.
  undo.push(() => spawnSync("umount", [dir]).status === 0 || must("umount", ["--lazy", dir]));
  return dir;
}

const ATTEMPTS = 10;

/** Flushes one file, as a backup or another program may. On ext4 and XFS the names made so far go with it. */
export function flushFile(file: string): void {
  const fd = openSync(file, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function must(program: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} failed: ${error?.message ?? stderr}`);
}
