import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { file, symlink } from "../../../../test/kit/make-tree.js";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { processIdentity } from "../platform/process-identity.js";
import type { Hasher } from "../hashing/hasher.js";
import type { Entry } from "./entry.js";
import { entryDir } from "./layout.js";
import { encodeManifest } from "./manifest-codec.js";
import { lookup, type Lookup, type LookupOptions } from "./lookup.js";

const key = keyOf("key");
const TREE = {
  "out.txt": "hello",
  sub: { "tool.sh": file("#!/bin/sh\n", { mode: 0o755 }), empty: {} },
  link: symlink("sub/tool.sh"),
};

let rig: StoreRig;
let entry: Entry;

beforeEach(async () => {
  rig = await makeStoreRig();
  const staging = await rig.run(TREE, { stdout: "x".repeat(5000) });
  const outcome = await rig.commit(staging);
  staging.discard();
  if (outcome.status !== "stored") throw new Error(outcome.status);
  entry = outcome.entry;
});

afterEach(() => rig[Symbol.asyncDispose]());

const look = (options: Partial<LookupOptions> = {}, wanted = key): Lookup =>
  lookup(rig.root, wanted, { verify: "stat", hasher: selectHasher(), ...options });

/** What a power cut makes of a file whose size was on the disk, and its content not. */
function hollowOut(path: string): void {
  const { size } = statSync(path);
  const timed = rig.temp.join("timed");
  execFileSync("touch", ["-r", path, timed]);
  rmSync(path);
  writeFileSync(path, Buffer.alloc(size));
  execFileSync("touch", ["-r", timed, path]);
}

const trash = (): string[] => (existsSync(`${rig.root.dir}/.trash`) ? readdirSync(`${rig.root.dir}/.trash`) : []);

describe("an entry", () => {
  test("is found as it was committed, by its times and by its content", () => {
    for (const verify of ["stat", "digest"] as const) expect(look({ verify })).toEqual({ status: "found", entry });
  });

  test("that was never made is absent", () => {
    expect(look({}, keyOf("another"))).toMatchObject({ status: "missing", reason: "absent" });
  });

  test("whose file was only touched is found: the content decides", () => {
    utimesSync(`${entry.dir}/out.txt`, 1, 1);
    expect(look().status).toBe("found");
  });

  test.each(["of another boot", null])(
    "that was not flushed, by a system with boot id %j, is held against its content",
    (bootId) => {
      const { manifest, dir } = entry;
      rmSync(`${dir}/.runcache/manifest.json`);
      writeFileSync(`${dir}/.runcache/manifest.json`, encodeManifest({ ...manifest, unflushedIn: bootId }));
      expect(look().status).toBe("found");
      hollowOut(`${dir}/out.txt`);
      expect(look()).toMatchObject({ reason: "corrupt", detail: "out.txt has another content" });
    },
  );

  test("that was not flushed, since this system was started, is held against its times", () => {
    const { manifest, dir } = entry;
    rmSync(`${dir}/.runcache/manifest.json`);
    const unflushedIn = processIdentity().bootId;
    writeFileSync(`${dir}/.runcache/manifest.json`, encodeManifest({ ...manifest, unflushedIn }));
    hollowOut(`${dir}/out.txt`);
    expect(look().status).toBe(unflushedIn === null ? "missing" : "found");
  });

  test("whose file has another hasher's digest is not judged by ours", () => {
    const other: Hasher = { ...selectHasher(), id: "other" };
    expect(look({ hasher: other }).status).toBe("found");
    utimesSync(`${entry.dir}/out.txt`, 1, 1);
    expect(look({ hasher: other })).toMatchObject({ reason: "unreadable" });
    expect(look().status).toBe("found");
  });
});

describe("on a network file system", () => {
  const network = (wanted = key): Lookup =>
    lookup({ ...rig.root, isNetwork: true }, wanted, { verify: "stat", hasher: selectHasher() });

  test("an entry is found, and a miss is a miss after a second look, with a shard and without", () => {
    expect(network()).toMatchObject({ status: "found" });
    rmSync(entry.dir, { recursive: true });
    expect(network()).toMatchObject({ reason: "absent" });
    rmSync(`${rig.root.dir}/${key.slice(0, 2)}`, { recursive: true });
    expect(network()).toMatchObject({ reason: "absent" });
  });
});

describe("damage that is proven is a miss, and moves the entry out of the way", () => {
  const out = (): string => `${entry.dir}/out.txt`;

  test.each<[string, () => void, RegExp]>([
    ["other content of the same size", () => writeFileSync(out(), "HELLO"), /out.txt has another content/],
    ["a file that is cut off", () => truncateSync(out(), 0), /out.txt has 0 bytes instead of 5/],
    ["a file that is longer", () => appendFileSync(out(), "!"), /out.txt has 6 bytes/],
    ["a file that is gone", () => rmSync(out()), /out.txt is gone/],
    [
      "a directory in place of a file",
      () => {
        rmSync(out());
        mkdirSync(out());
      },
      /not a file any more/,
    ],
    [
      "a link in place of a file",
      () => {
        renameSync(out(), `${out()}2`);
        symlinkSync("out.txt2", out());
      },
      /not a file any more/,
    ],
    [
      "an empty directory that is gone",
      () => rmSync(`${entry.dir}/sub/empty`, { recursive: true }),
      /sub\/empty is gone/,
    ],
    [
      "a link that leads elsewhere",
      () => {
        rmSync(`${entry.dir}/link`);
        symlinkSync("out.txt", `${entry.dir}/link`);
      },
      /link leads elsewhere/,
    ],
    ["a stream that is gone", () => rmSync(`${entry.dir}/.runcache/stdout.gz`), /recorded stdout is gone/],
    [
      "a stream that is cut off",
      () => truncateSync(`${entry.dir}/.runcache/stdout.gz`, 3),
      /recorded stdout has another size/,
    ],
  ])("%s", (_, damage, detail) => {
    damage();
    expect(look()).toEqual({
      status: "missing",
      reason: "corrupt",
      detail: expect.stringMatching(detail) as string,
      quarantined: true,
    });
    expect(existsSync(entry.dir)).toBe(false);
    expect(trash()).toEqual([]);
    expect(look()).toMatchObject({ reason: "absent" });
  });

  test("other content behind the same size and time, where content is verified", () => {
    const stat = execFileSync("stat", ["-c", "%y", out()], { encoding: "utf8" }).trim();
    writeFileSync(out(), "HELLO");
    execFileSync("touch", ["-d", stat, out()]);
    expect(look().status).toBe("found");
    expect(look({ verify: "digest" })).toMatchObject({ reason: "corrupt", quarantined: true });
  });

  test("a file that no run wrote, where content is verified", () => {
    writeFileSync(`${entry.dir}/planted`, "");
    expect(look().status).toBe("found");
    expect(look({ verify: "digest" })).toMatchObject({
      reason: "corrupt",
      detail: expect.stringContaining("planted is none of its outputs") as string,
      quarantined: true,
    });
    expect(existsSync(entry.dir)).toBe(false);
  });

  test("an entry that lies at the place of another key", () => {
    const place = entryDir(rig.root.dir, keyOf("another"));
    mkdirSync(place.slice(0, -65), { recursive: true });
    cpSync(entry.dir, place, { recursive: true, preserveTimestamps: true });
    expect(look({}, keyOf("another"))).toMatchObject({ reason: "corrupt", quarantined: true });
    expect(look().status).toBe("found");
  });
});

describe("what has no valid manifest is no entry, and is left alone", () => {
  const manifest = (): string => `${entry.dir}/.runcache/manifest.json`;

  test.each<[string, () => void]>([
    ["no record", () => rmSync(`${entry.dir}/.runcache`, { recursive: true })],
    ["no manifest", () => rmSync(manifest())],
    ["an empty manifest", () => truncateSync(manifest(), 0)],
    ["a manifest of zeros", () => writeFileSync(manifest(), Buffer.alloc(2000))],
    [
      "a manifest that is a directory",
      () => {
        rmSync(manifest());
        mkdirSync(manifest());
      },
    ],
    [
      "a manifest that is a link",
      () => {
        renameSync(manifest(), `${manifest()}2`);
        symlinkSync("manifest.json2", manifest());
      },
    ],
    [
      "a manifest that is a FIFO",
      () => {
        rmSync(manifest());
        execFileSync("mkfifo", [manifest()]);
      },
    ],
  ])("%s", (_, damage) => {
    damage();
    expect(look()).toMatchObject({ status: "missing", reason: "incomplete", quarantined: false });
    expect(readFileSync(`${entry.dir}/out.txt`, "utf8")).toBe("hello");
  });

  test("nor is a file at its place, or a link to nowhere", () => {
    rmSync(entry.dir, { recursive: true });
    writeFileSync(entry.dir, "x");
    expect(look()).toMatchObject({ reason: "incomplete" });
    rmSync(entry.dir);
    symlinkSync("/nowhere", entry.dir);
    expect(look()).toMatchObject({ reason: "incomplete" });
  });
});

test("any change of any byte of any file of an entry is a miss or the same hit", async () => {
  const files = ["out.txt", "sub/tool.sh", ".runcache/manifest.json", ".runcache/stdout.gz"];
  const change = fc.record({ path: fc.constantFrom(...files), at: fc.nat(), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(change, async ({ path, at, byte }) => {
      await using other = await makeStoreRig();
      const { dir } = await other.store(TREE);
      const target = `${dir}/${path}`;
      if (!existsSync(target)) return;
      const bytes = readFileSync(target);
      const before = Buffer.from(bytes);
      bytes[at % bytes.length] = byte;
      writeFileSync(target, bytes);
      const { status } = lookup(other.root, key, { verify: "stat", hasher: selectHasher() });
      expect(status).toBe(bytes.equals(before) ? "found" : "missing");
    }),
    { numRuns: 60 },
  );
});
