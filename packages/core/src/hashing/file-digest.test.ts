import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { runBlocking, runUnblocked, type Flow } from "../platform/flow.js";
import { probes } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { blake3Wasm } from "./blake3-wasm.js";
import { fileDigest } from "./file-digest.js";
import { fingerprintOf } from "./fingerprint.js";
import type { Hasher } from "./hasher.js";

const hasher = blake3Wasm;

type Drive = <T>(flow: Flow<T>) => T | Promise<T>;
const drives: [string, Drive][] = [["blocking", runBlocking], ["not blocking", runUnblocked]]; // prettier-ignore

describe.each(drives)("the digest of a file, %s", (_name, drive) => {
  const digest = async (path: string): Promise<string> => (await drive(fileDigest(path, { hasher }))).digest;

  test.each([0, 1, 1000, 128 * 1024 - 1, 128 * 1024, 128 * 1024 + 1, 1024 * 1024, 1_234_567])(
    "is that of its %i bytes",
    async (length) => {
      const dir = tempDir();
      const content = Buffer.alloc(length, "runcache");
      const path = join(dir, "file");
      writeFileSync(path, content);
      expect(await digest(path)).toBe(hasher.hash(content));
    },
  );

  test("comes with the state that the file was read in, and whether its owner may execute it", async () => {
    const dir = tempDir();
    const path = join(dir, "tool");
    writeFileSync(path, "#!/bin/sh\n", { mode: 0o700 });
    expect(await drive(fileDigest(path, { hasher }))).toEqual({
      digest: hasher.hash(Buffer.from("#!/bin/sh\n")),
      fingerprint: fingerprintOf(statSync(path, { bigint: true })),
      executable: true,
    });
  });

  test("is read through a link, unless links are refused", async () => {
    const dir = tempDir();
    writeFileSync(join(dir, "file"), "x");
    symlinkSync("file", join(dir, "link"));
    expect(await digest(join(dir, "link"))).toBe(hasher.hash(Buffer.from("x")));
    const refused = async (): Promise<unknown> => drive(fileDigest(join(dir, "link"), { hasher, noFollow: true }));
    await expect(refused()).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_UNREADABLE" });
  });

  test("is that of the last state of a file that changed while it was read", async () => {
    const dir = tempDir();
    const path = join(dir, "file");
    writeFileSync(path, "first");
    const replace = (): void => {
      writeFileSync(`${path}.new`, "second");
      renameSync(`${path}.new`, path);
    };
    const { hasher: meddling, digests } = interrupted([replace, () => appendFileSync(path, " third")]);
    const result = await drive(fileDigest(path, { hasher: meddling }));
    expect(result.digest).toBe(hasher.hash(Buffer.from("second third")));
    expect(digests()).toBe(3);
  });

  const changes: [string, (path: string) => void][] = [
    ["grows", (path) => appendFileSync(path, "more")],
    ["is rewritten in place to the same size", rewrite],
    ["only gets another mtime", setAnotherTime],
    ["is replaced by rename", replaceByRename],
  ];
  describe.each([50, 200_000])("of %i bytes", (length) => {
    test.each(changes)("is refused where the file %s at every attempt", async (_change, meddle) => {
      const path = join(tempDir(), "file");
      writeFileSync(path, "0".repeat(length));
      const { hasher: meddling, digests } = interrupted(Array.from({ length: 9 }, () => () => meddle(path)));
      const refused = async (): Promise<unknown> => drive(fileDigest(path, { hasher: meddling }));
      await expect(refused()).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_CHANGING", path });
      expect(digests()).toBe(4);
    });

    test("is refused where the file goes away meanwhile", async () => {
      const path = join(tempDir(), "file");
      writeFileSync(path, "0".repeat(length));
      const { hasher: meddling } = interrupted([() => renameSync(path, `${path}.gone`)]);
      const refused = async (): Promise<unknown> => drive(fileDigest(path, { hasher: meddling }));
      await expect(refused()).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_MISSING", path });
    });
  });

  test("frees the state of a digest that is given up", async () => {
    const path = join(tempDir(), "file");
    writeFileSync(path, Buffer.alloc(200_000));
    let disposed = 0;
    const failing: Hasher = {
      ...hasher,
      create: () => ({
        ...hasher.create(),
        update: () => {
          throw new Error("no more");
        },
        dispose: () => void disposed++,
      }),
    };
    await expect((async () => drive(fileDigest(path, { hasher: failing })))()).rejects.toThrow("no more");
    expect(disposed).toBe(1);
  });

  test.skipIf(requireOrSkip("/proc", probes.linux))("is refused where reading fails", async () => {
    const mem = "/proc/self/mem"; // a regular file whose reading gives EIO
    const refused = async (): Promise<unknown> => drive(fileDigest(mem, { hasher }));
    await expect(refused()).rejects.toMatchObject({
      code: "ERR_RUNCACHE_INPUT_UNREADABLE",
      path: mem,
      cause: { code: "EIO" },
    });
  });
});

describe("what is no regular file is refused at once, by name", () => {
  const refusal = async (path: string): Promise<unknown> => runUnblocked(fileDigest(path, { hasher }));

  test("a FIFO that nobody writes to", async () => {
    const dir = tempDir();
    const path = join(dir, "fifo");
    execFileSync("mkfifo", [path]);
    await expect(refusal(path)).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_KIND", path });
  });

  test("a socket", async () => {
    const dir = tempDir();
    const path = join(dir, "socket");
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(refusal(path)).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_KIND", path });
    server.close();
  });

  test("a device", async () => {
    await expect(refusal("/dev/zero")).rejects.toThrow("input /dev/zero is a device");
  });

  test("a directory", async () => {
    const dir = tempDir();
    mkdirSync(join(dir, "d"));
    await expect(refusal(join(dir, "d"))).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_KIND" });
  });

  test.each(["missing", "missing/below", "file/below", "nul\0"])("%j, which does not exist", async (name) => {
    const dir = tempDir();
    writeFileSync(join(dir, "file"), "");
    const path = join(dir, name);
    await expect(refusal(path)).rejects.toMatchObject({ code: "ERR_RUNCACHE_INPUT_MISSING", path });
  });
});

function rewrite(path: string): void {
  writeFileSync(path, "1".repeat(statSync(path).size));
  setAnotherTime(path); // old kernels may not see the time of two writes differ
}

let lastTimeSeconds = 0;

function setAnotherTime(path: string): void {
  utimesSync(path, 0, ++lastTimeSeconds);
}

function replaceByRename(path: string): void {
  writeFileSync(`${path}.new`, "x");
  renameSync(`${path}.new`, path);
}

/** A hasher that performs the next of `actions` at each digest, while the file is open. */
function interrupted(actions: (() => void)[]): { hasher: Hasher; digests: () => number } {
  let digests = 0;
  const interrupt = (): void => actions[digests++]?.();
  const meddling: Hasher = {
    ...hasher,
    hash(bytes) {
      interrupt();
      return hasher.hash(bytes);
    },
    create() {
      const state = hasher.create();
      return {
        update: (bytes) => state.update(bytes),
        hexdigest() {
          interrupt();
          return state.hexdigest();
        },
      };
    },
  };
  return { hasher: meddling, digests: () => digests };
}

function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), "runcache-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}
