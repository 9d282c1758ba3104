import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dir as directory, fifo, file, symlink, type Tree } from "../../../../test/kit/make-tree.js";
import { readTree } from "../../../../test/kit/read-tree.js";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { processIdentity } from "../platform/process-identity.js";
import type { CommitOutcome } from "./commit.js";
import { entryDir } from "./layout.js";
import { lookup } from "./lookup.js";
import { peek } from "./read-manifest.js";
import { pin } from "./pin.js";
import { readStream } from "./replay-stream.js";

const key = keyOf("key");
const TREE: Tree = {
  "out.txt": "hello",
  "tool.sh": file("#!/bin/sh\n", { mode: 0o755 }),
  sub: { empty: {} },
  link: symlink("out.txt"),
};

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

const place = (): string => entryDir(rig.root.dir, key);

const found = (): string => lookup(rig.root, key, { verify: "digest", hasher: selectHasher() }).status;

function stored(outcome: CommitOutcome): Extract<CommitOutcome, { status: "stored" }> {
  if (outcome.status === "stored") return outcome;
  throw new Error(JSON.stringify(outcome));
}

describe("a commit", () => {
  test.each(["blocking", "unblocked"] as const)("makes an entry of the outputs themselves, %s", async (form) => {
    const staging = await rig.run(TREE, { stdout: "out", stderr: "err" });
    const { ino } = statSync(staging.outDir);
    const outcome = form === "blocking" ? rig.commitBlocking(staging) : await rig.commit(staging);
    const { entry, files, sizeBytes } = stored(outcome);
    expect(entry.dir).toBe(place());
    expect(statSync(entry.dir).ino).toBe(ino);
    expect({ files, sizeBytes }).toEqual({ files: 5, sizeBytes: 15 });
    expect(await readTree(entry.dir, { modes: true, without: [".runcache"] })).toEqual({
      "out.txt": file("hello", { mode: 0o400 }),
      "tool.sh": file("#!/bin/sh\n", { mode: 0o500 }),
      sub: { empty: {} },
      link: symlink("out.txt"),
    });
    expect(readStream(entry, "stdout").toString()).toBe("out");
    expect(readStream(entry, "stderr").toString()).toBe("err");
    expect(found()).toBe("found");
    staging.discard();
    expect(readdirSync(`${rig.root.dir}/.incoming`)).toEqual([]);
  });

  test("writes down what the caller knows, what the run left, who made it and with what", async () => {
    const { manifest } = await rig.store(TREE, { names: [".", "out.txt", "sub/", "missing.txt"], exitCode: 3 });
    expect(manifest).toMatchObject({
      layout: 1,
      key,
      exitCode: 3,
      durationMs: 2000,
      startedAt: "2026-01-01T10:00:00.000Z",
      names: { ".": true, "out.txt": true, "sub/": true, "missing.txt": false },
      versions: { node: process.versions.node },
    });
    const { mtimeNs } = lstatSync(`${place()}/out.txt`, { bigint: true });
    expect(manifest.outputs).toEqual([
      { kind: "link", path: "link", target: "out.txt" },
      {
        kind: "file",
        path: "out.txt",
        sizeBytes: 5,
        mode: 0o400,
        mtimeNs: String(mtimeNs),
        digest: selectHasher().hash(Buffer.from("hello")),
      },
      { kind: "dir", path: "sub" },
      { kind: "dir", path: "sub/empty" },
      expect.objectContaining({ kind: "file", path: "tool.sh", mode: 0o500 }),
    ]);
    expect(peek(place())).toEqual(manifest);
  });

  test("is the last use of its entry, whatever time the tool gave its directory", async () => {
    const before = Date.now() - 1000;
    const staging = await rig.run(TREE);
    utimesSync(staging.outDir, 1, 1);
    stored(await rig.commit(staging));
    expect(statSync(place()).mtimeMs).toBeGreaterThan(before);
  });

  test("of a run without outputs makes an entry too", async () => {
    const { manifest } = await rig.store({});
    expect(manifest.outputs).toEqual([]);
    expect(found()).toBe("found");
  });

  test("has the modes of the cache, whatever the umask", async () => {
    await using group = await makeStoreRig({ shared: "group" });
    const umask = process.umask(0o077);
    try {
      const { dir } = await group.store(TREE);
      const modes = ["", "sub", "out.txt", "tool.sh", ".runcache", ".runcache/manifest.json"];
      expect(modes.map((name) => (statSync(`${dir}/${name}`).mode & 0o7777).toString(8))).toEqual([
        "2770",
        "2770",
        "440",
        "550",
        "2770",
        "440",
      ]);
    } finally {
      process.umask(umask);
    }
  });

  test.each(["safe", "full"] as const)(
    "with durability %s is as good, with few files and with many",
    async (durability) => {
      const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}.txt`, "x"]));
      for (const [name, tree] of [
        ["few", TREE],
        ["many", many],
      ] as const) {
        for (const form of ["commit", "commitBlocking"] as const) {
          const staging = await rig.run(tree, { stdout: "x".repeat(5000) });
          stored(await rig[form](staging, { key: keyOf(name + form), options: { durability } }));
        }
      }
    },
  );

  test.each([
    ["none", processIdentity().bootId],
    ["safe", undefined],
  ] as const)("with durability %s says whose memory may hold what the disk does not", async (durability, bootId) => {
    const { entry } = stored(await rig.commit(await rig.run(TREE), { options: { durability } }));
    expect(entry.manifest.unflushedIn).toBe(rig.root.isVolatile ? undefined : bootId);
    expect(peek(entry.dir)).toEqual(entry.manifest);
  });

  test("keeps every tree as it was", async () => {
    const name = fc
      .string({ minLength: 1, maxLength: 8, unit: "grapheme" })
      .filter((text) => !/[/\0]/.test(text) && !/^\.{1,2}$|^\.runcache/.test(text));
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.dictionary(name, fc.oneof({ depthSize: "small" }, fc.uint8Array({ maxLength: 20 }), tie("tree")), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    }));
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (some) => {
        const staging = await rig.run(some);
        const before = await readTree(staging.outDir);
        const { dir } = stored(await rig.commit(staging, { key: keyOf(String(run++)) })).entry;
        staging.discard();
        expect(await readTree(dir, { without: [".runcache"] })).toEqual(before);
      }),
      { numRuns: 40 },
    );
  });
});

describe("the second commit of a key", () => {
  test("loses against a valid entry with equal guards, and tells what differs", async () => {
    const first = await rig.store(TREE);
    const staging = await rig.run({
      ...TREE,
      "out.txt": "other",
      "new.txt": "n",
      "tool.sh": "#!/bin/sh\n",
      link: symlink("tool.sh"),
    });
    expect(await rig.commit(staging)).toEqual({
      status: "lost-race",
      entry: first,
      differing: ["link", "new.txt", "out.txt", "tool.sh"],
    });
    expect(readFileSync(`${place()}/out.txt`, "utf8")).toBe("hello");
  });

  test("that left the same differs in nothing", async () => {
    await rig.store(TREE);
    expect(await rig.commit(await rig.run(TREE))).toMatchObject({ status: "lost-race", differing: [] });
  });

  test.each<[string, (dir: string) => void]>([
    ["has no manifest", (dir) => rmSync(`${dir}/.runcache`, { recursive: true })],
    ["is damaged", (dir) => rmSync(`${dir}/out.txt`)],
    [
      "has a damaged stream",
      (dir) => writeFileSync(`${dir}/.runcache/stdout.gz`, Buffer.alloc(statSync(`${dir}/.runcache/stdout.gz`).size)),
    ],
    [
      "is a file",
      (dir) => {
        rmSync(dir, { recursive: true });
        writeFileSync(dir, "x");
      },
    ],
    [
      "is a link",
      (dir) => {
        rmSync(dir, { recursive: true });
        symlinkSync("/usr", dir);
      },
    ],
    [
      "is empty",
      (dir) => {
        rmSync(dir, { recursive: true });
        mkdirSync(dir);
      },
    ],
  ])("replaces what %s", async (_, damage) => {
    const streams = { stdout: "x".repeat(5000) };
    stored(await rig.commit(await rig.run(TREE, streams)));
    damage(place());
    stored(await rig.commit(await rig.run({ "out.txt": "second" }, streams)));
    expect(readFileSync(`${place()}/out.txt`, "utf8")).toBe("second");
    expect(found()).toBe("found");
    expect(existsSync("/usr/bin")).toBe(true);
  });

  test("replaces an entry with other guards, and any entry where that is asked for; a pin goes on to hold", async () => {
    const entry = await rig.store(TREE);
    pin(rig.root, entry);
    await rig.store({ "out.txt": "2" }, { guards: { argv: ["tool", "-v2"] } });
    await rig.store({ "out.txt": "3" }, { guards: { argv: ["tool", "-v2"] }, options: { replace: true } });
    expect(readFileSync(`${place()}/out.txt`, "utf8")).toBe("3");
    expect(existsSync(`${place()}/.runcache/pin`)).toBe(true);
    expect(statSync(place()).mtime.getUTCFullYear()).toBe(2100);
    expect(readdirSync(`${rig.root.dir}/.trash`)).toEqual([]);
  });

  test("never replaces an entry of another version of runcache", async () => {
    await rig.store(TREE);
    const { hashText } = await import("../hashing/select-hasher.js");
    const manifest = `${place()}/.runcache/manifest.json`;
    const rest = '"layout":2}\n';
    rmSync(manifest);
    writeFileSync(manifest, `{"digest":"${hashText(rest)}",${rest}`);
    for (const replace of [false, true]) {
      const staging = await rig.run({ "out.txt": "second" });
      expect(await rig.commit(staging, { options: { replace } })).toMatchObject({
        status: "not-stored",
        reason: "write-failed",
      });
      expect(await readTree(staging.outDir)).toEqual({ "out.txt": "second" });
    }
    expect(readFileSync(manifest, "utf8")).toContain('"layout":2');
  });
});

describe("a result that cannot be stored", () => {
  test.each<[string, Tree, RegExp]>([
    ["a FIFO", { pipe: fifo(), "out.txt": "x" }, /pipe is a FIFO/],
    ["a link to a directory outside", { l: symlink("/usr"), "out.txt": "x" }, /directory outside/],
    ["a reserved name", { ".runcache": directory({ mine: "m" }), "out.txt": "x" }, /reserved/],
  ])("is left where it is, and no entry is there: %s", async (_, tree, detail) => {
    const staging = await rig.run(tree);
    expect(await rig.commit(staging)).toEqual({
      status: "not-stored",
      reason: "output-refused",
      detail: expect.stringMatching(detail) as string,
    });
    expect(readFileSync(`${staging.outDir}/out.txt`, "utf8")).toBe("x");
    expect(existsSync(place())).toBe(false);
  });

  test("is left without our own record: its shard is a file", async () => {
    writeFileSync(`${rig.root.dir}/${key.slice(0, 2)}`, "in the way");
    const staging = await rig.run(TREE);
    expect(await rig.commit(staging)).toMatchObject({ status: "not-stored", reason: "write-failed" });
    expect(readdirSync(staging.outDir).sort()).toEqual(["link", "out.txt", "sub", "tool.sh"]);
  });

  test("is one whose staging directory somebody removed", async () => {
    const staging = await rig.run(TREE);
    rmSync(staging.dir, { recursive: true });
    expect((await rig.commit(staging)).status).toBe("not-stored");
    staging.discard();
  });

  test("but not one whose cache somebody removed meanwhile, all but the staging directory", async () => {
    await rig.store({ x: "1" }, { key: keyOf("other") });
    const staging = await rig.run(TREE);
    for (const name of readdirSync(rig.root.dir))
      if (name !== ".incoming") rmSync(`${rig.root.dir}/${name}`, { recursive: true });
    stored(await rig.commit(staging));
    expect(found()).toBe("found");
  });
});
