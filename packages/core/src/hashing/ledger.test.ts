import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { probes } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { tempDir, type TempDir } from "../../../../test/kit/temp-dir.js";
import { filesystemKind } from "../platform/filesystem-kind.js";
import { runBlocking, runUnblocked } from "../platform/flow.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { Digests, type KnownDigest } from "./digests.js";
import { Filesystems } from "./filesystems.js";
import type { Hasher } from "./hasher.js";
import { Ledger } from "./ledger.js";
import { LedgerStore } from "./ledger-store.js";

const LARGE = 300 * 1024;

let dir: TempDir;
let path: string;
let clockNs: bigint;

beforeEach(async () => {
  dir = await tempDir("ledger");
  path = dir.join("input.nii");
  writeFileSync(path, Buffer.alloc(LARGE, "a"));
  later(10);
});
afterEach(() => dir[Symbol.asyncDispose]());

/** Sets the ledger's clock to some seconds after the last change of a file. */
function later(seconds: number, file = path): void {
  clockNs = statSync(file, { bigint: true }).ctimeNs + BigInt(Math.round(seconds * 1000)) * 1_000_000n;
}

/** Returns once the clock that stamps files has moved on from the last change of `file`: it stands still for a tick. */
function nextTick(file = path): void {
  const { ctimeNs } = statSync(file, { bigint: true });
  const probe = dir.join("probe");
  do writeFileSync(probe, "");
  while (statSync(probe, { bigint: true }).ctimeNs <= ctimeNs);
}

interface Rig {
  readonly ledger: Ledger;
  readonly digests: Digests;
  /** How often a file was read. */
  readonly reads: () => number;
  readonly digest: (file?: string) => KnownDigest;
}

interface RigOptions {
  /** What every file system is; null: what it really is. */
  readonly filesystem?: string | null;
  readonly optedIn?: readonly string[];
  readonly hasher?: Hasher;
  readonly memoryOnly?: boolean;
}

function rig({ filesystem = "ext4", optedIn = [], hasher = blake3Wasm, memoryOnly = false }: RigOptions = {}): Rig {
  let reads = 0;
  const counting: Hasher = {
    ...hasher,
    create: () => (reads++, hasher.create()),
    hash: (bytes) => (reads++, hasher.hash(bytes)),
  };
  const ledger = new Ledger({
    filesystems: new Filesystems(new Set(optedIn), (file) => filesystem ?? filesystemKind(file)),
    store: memoryOnly ? null : new LedgerStore(dir.join("ledger")),
    nowNs: () => clockNs,
  });
  const digests = new Digests({ hasher: counting, ledger });
  return { ledger, digests, reads: () => reads, digest: (file = path) => runBlocking(digests.file(file)) };
}

describe("a large file that did not change", () => {
  test("is read once", () => {
    const { digest, reads } = rig();
    const first = digest();
    expect(first).toMatchObject({ origin: "read", digest: blake3Wasm.hash(Buffer.alloc(LARGE, "a")) });
    expect(digest()).toEqual({ ...first, origin: "ledger" });
    expect(reads()).toBe(1);
  });

  test("is not read again by another process, which has the rows on disk only", () => {
    const first = rig().digest();
    const { digest, reads } = rig();
    expect(digest()).toEqual({ ...first, origin: "ledger" });
    expect(reads()).toBe(0);
  });

  test("is read once a process where no store can be written", () => {
    const { digest, reads } = rig({ memoryOnly: true });
    expect([digest().origin, digest().origin]).toEqual(["read", "ledger"]);
    expect(reads()).toBe(1);
  });

  test("is known under all its names", () => {
    const { digest } = rig();
    digest();
    symlinkSync(path, dir.join("link"));
    renameSync(path, dir.join("renamed"));
    symlinkSync("renamed", dir.join("link2"));
    later(10, dir.join("renamed")); // renaming is a change of the inode: read once more
    digest(dir.join("renamed"));
    expect(digest(dir.join("link2")).origin).toBe("ledger");
  });

  test("is known inside trees too, and to callers that do not block", async () => {
    await mkdir(dir.join("tree"));
    writeFileSync(dir.join("tree/large"), Buffer.alloc(LARGE));
    writeFileSync(dir.join("tree/small"), "x");
    later(10, dir.join("tree/large"));
    const { digests, reads } = rig();
    const first = await runUnblocked(digests.tree(dir.join("tree")));
    const before = reads();
    expect(runBlocking(digests.tree(dir.join("tree")))).toBe(first);
    expect(reads() - before).toBe(2); // the small file, and the tree's own records
  });

  test("is read again for another hasher, whose digests stand beside the first", () => {
    const other: Hasher = { ...blake3Wasm, id: "other" };
    expect([rig().digest().origin, rig({ hasher: other }).digest().origin]).toEqual(["read", "read"]);
    expect(rig({ hasher: other }).digest().digest).toMatch(/^other:/);
    expect(rig().digest()).toMatchObject({ origin: "ledger", digest: blake3Wasm.hash(Buffer.alloc(LARGE, "a")) });
  });

  test("is read again where the caller asks for that", () => {
    const { digests, digest, reads } = rig();
    digest();
    expect(runBlocking(digests.reread(path)).origin).toBe("read");
    expect(reads()).toBe(2);
  });
});

describe("what is not remembered", () => {
  test("a small file, unless it is asked for as a program", () => {
    const small = dir.join("small");
    writeFileSync(small, "#!/bin/sh\n", { mode: 0o700 });
    later(10, small);
    const { digests, digest } = rig();
    expect([digest(small).origin, digest(small).origin]).toEqual(["read", "read"]);
    const program = (): string => runBlocking(digests.executable(small)).origin;
    expect([program(), program()]).toEqual(["read", "ledger"]);
    expect(digest(small).origin).toBe("read");
  });

  test("a file that changed less than two seconds before it was read", () => {
    const { digest } = rig();
    later(1.9);
    expect([digest().origin, digest().origin]).toEqual(["read", "read"]);
    later(2);
    expect([digest().origin, digest().origin]).toEqual(["read", "ledger"]);
  });

  test("a file that was young when its reading began, however long that took", () => {
    const slow: Hasher = {
      ...blake3Wasm,
      create: () => {
        later(100);
        return blake3Wasm.create();
      },
    };
    later(1);
    expect(rig({ hasher: slow }).digest().origin).toBe("read");
    expect(rig().digest().origin).toBe("read");
  });

  test("a file from the future, by either of its times", () => {
    const { digest } = rig();
    utimesSync(path, new Date(), new Date(Date.now() + 3_600_000));
    later(10);
    expect([digest().origin, digest().origin]).toEqual(["read", "read"]);
    utimesSync(path, 1, 1);
    later(-5);
    expect([digest().origin, digest().origin]).toEqual(["read", "read"]);
  });

  test("a file that the clock was set back to", () => {
    const { digest } = rig();
    digest();
    later(1);
    expect(digest().origin).toBe("read");
  });

  test("a file that changed while it was read", () => {
    let states = 0;
    const meddling: Hasher = {
      ...blake3Wasm,
      create: () => {
        if (states++ === 0) appendFileSync(path, "more");
        return blake3Wasm.create();
      },
    };
    const content = Buffer.concat([Buffer.alloc(LARGE, "a"), Buffer.from("more")]);
    expect(rig({ hasher: meddling }).digest().digest).toBe(blake3Wasm.hash(content));
    expect(states).toBe(2);
    later(10);
    expect(rig().digest()).toMatchObject({ digest: blake3Wasm.hash(content) });
  });
});

describe("every trace of a change makes the file be read again", () => {
  test.each<[string, () => void]>([
    ["other bytes", () => writeFileSync(path, Buffer.alloc(LARGE, "b"))],
    ["another size", () => appendFileSync(path, "b")],
    [
      "other bytes under the old mtime: only ctime tells",
      keepingMtime(() => writeFileSync(path, Buffer.alloc(LARGE, "b"))),
    ],
    ["another file of the same size and mtime, renamed onto it", keepingMtime(() => replaceByRename("b"))],
    ["another file that got the same inode, of the same size and mtime", keepingMtime(() => reuseInode("b"))],
    ["another mtime, by touch -d", () => execFileSync("touch", ["-d", "2001-01-01", path])],
    ["other permissions: ctime", () => chmodSync(path, 0o600)],
  ])("%s", (_name, change) => {
    const { digest } = rig();
    digest();
    expect(digest().origin).toBe("ledger");
    nextTick();
    change();
    later(10);
    const after = digest();
    expect(after).toMatchObject({ origin: "read" });
    expect(rig().digest()).toEqual({ ...after, origin: "ledger" });
  });

  function keepingMtime(change: () => void): () => void {
    return () => {
      const { atime, mtime } = statSync(path);
      utimesSync(path, atime, mtime); // whole milliseconds, so that the time can be set again exactly
      later(10);
      rig().digest();
      const before = statSync(path, { bigint: true });
      nextTick();
      change();
      utimesSync(path, atime, mtime);
      const after = statSync(path, { bigint: true });
      expect([after.size, after.mtimeNs]).toEqual([before.size, before.mtimeNs]);
    };
  }

  function replaceByRename(byte: string): void {
    writeFileSync(`${path}.new`, Buffer.alloc(LARGE, byte));
    renameSync(`${path}.new`, path);
  }

  /** ext4 gives the number of a deleted inode to the next file; others may not, and replace it all the same. */
  function reuseInode(byte: string): void {
    rmSync(path);
    writeFileSync(path, Buffer.alloc(LARGE, byte));
  }
});

describe("an output that was hashed when it was committed", () => {
  test("is known at once, however young, and after its directory was renamed", () => {
    mkdirSync(dir.join("staging"));
    const staged = dir.join("staging/out.nii");
    writeFileSync(staged, Buffer.alloc(LARGE, "o"));
    chmodSync(staged, 0o400);
    later(0, staged);
    runBlocking(rig().digests.outputs([staged]));
    renameSync(dir.join("staging"), dir.join("entry"));
    for (const { digest, reads } of [rig(), rig()]) {
      expect(digest(dir.join("entry/out.nii")).origin).toBe("ledger");
      expect(reads()).toBe(0);
    }
  });

  test("is read again once it was changed after all", () => {
    const { digests, digest } = rig();
    later(0);
    runBlocking(digests.outputs([path]));
    expect(digest().origin).toBe("ledger");
    nextTick();
    chmodSync(path, 0o600);
    expect(digest().origin).toBe("read");
  });
});

describe("the file system decides", () => {
  test.each(["ext4", "xfs", "btrfs", "overlay"])("%s is relied on", (filesystem) => {
    const { digest } = rig({ filesystem });
    expect([digest().origin, digest().origin]).toEqual(["read", "ledger"]);
  });

  test.each([
    ["tmpfs, where writing through mmap leaves no trace", "tmpfs", ["tmpfs"]],
    ["NFS that nobody opted in", "nfs", []],
    ["one that runcache does not know", "unknown", ["nfs"]],
  ])("%s is not", (_name, filesystem, optedIn) => {
    const { digest, digests } = rig({ filesystem, optedIn });
    runBlocking(digests.outputs([path]));
    later(1000);
    expect([digest().origin, digest().origin]).toEqual(["read", "read"]);
  });

  test("one that does not say what it is, is not", () => {
    const unknown = new Filesystems(new Set(), () => filesystemKind(dir.join("missing")));
    expect(unknown.of(1n, path)).toEqual({ optInName: null, trust: "never" });
  });

  test.skipIf(requireOrSkip("tmpfs", probes.linux))("a real tmpfs is not relied on", async () => {
    await using shm = await tempDir("ledger", "/dev/shm");
    expect(filesystemKind(shm.path)).toBe("tmpfs");
    writeFileSync(shm.join("file"), Buffer.alloc(LARGE));
    later(10, shm.join("file"));
    const { digest } = rig({ filesystem: null });
    expect([digest(shm.join("file")).origin, digest(shm.join("file")).origin]).toEqual(["read", "read"]);
  });

  test("NFS that was opted in is relied on after a minute, and told in the origin", () => {
    const { digest } = rig({ filesystem: "nfs", optedIn: ["nfs"] });
    later(59);
    expect([digest().origin, digest().origin]).toEqual(["read", "read"]);
    later(60);
    expect([digest().origin, digest().origin]).toEqual(["read", "network-ledger"]);
  });

  test("on NFS the open file is asked, because what the client knows of the path may be old", () => {
    const { digest, ledger } = rig({ filesystem: "nfs", optedIn: ["nfs"] });
    later(60);
    digest();
    const stale = statSync(path, { bigint: true });
    nextTick();
    writeFileSync(path, Buffer.alloc(LARGE, "b"));
    expect(ledger.lookup(path, stale, "b3")).toBeNull();
    rmSync(path);
    expect(ledger.lookup(path, stale, "b3")).toBeNull();
  });
});

describe.skipIf(requireOrSkip("overlay mounts", () => probes.linux() ?? probes.root()))("a real overlay", () => {
  let merged: string;

  beforeEach(() => {
    for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(dir.join(name));
    writeFileSync(dir.join("lower/file"), Buffer.alloc(LARGE, "a"));
    const layers = `lowerdir=${dir.join("lower")},upperdir=${dir.join("upper")},workdir=${dir.join("work")}`;
    execFileSync("mount", ["-t", "overlay", "overlay", "-o", layers, dir.join("merged")]);
    merged = dir.join("merged/file");
    later(10, merged);
  });
  afterEach(() => void execFileSync("umount", [dir.join("merged")]));

  test("is relied on: a file of a lower layer is read once", () => {
    const { digest } = rig({ filesystem: null });
    expect([digest(merged).origin, digest(merged).origin]).toEqual(["read", "ledger"]);
  });

  test.each<[string, () => void]>([
    ["copied up and changed, under the old mtime", () => rewriteKeepingMtime(merged)],
    [
      "changed in the lower layer behind its back, under the old mtime",
      () => rewriteKeepingMtime(dir.join("lower/file")),
    ],
    ["replaced", () => replace(merged)],
  ])("a file that is %s is read again", (_name, change) => {
    utimesSync(dir.join("lower/file"), 1, 1);
    later(10, merged);
    const { digest } = rig({ filesystem: null });
    digest(merged);
    nextTick(merged);
    change();
    later(10, merged);
    const changed = { origin: "read", digest: blake3Wasm.hash(Buffer.alloc(LARGE, "b")) };
    expect(digest(merged)).toMatchObject(changed);
  });

  function replace(file: string): void {
    rmSync(file);
    writeFileSync(file, Buffer.alloc(LARGE, "b"));
  }

  function rewriteKeepingMtime(file: string): void {
    writeFileSync(file, Buffer.alloc(LARGE, "b"));
    utimesSync(file, 1, 1);
  }
});
