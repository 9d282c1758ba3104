import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTree } from "../../../../test/kit/read-tree.js";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { jcs } from "../hashing/canonical.js";
import { Digests } from "../hashing/digests.js";
import { hashText, selectHasher } from "../hashing/select-hasher.js";
import { parseCacheKey } from "../types/brand.js";
import type { Entry } from "./entry.js";
import { importEntries, type ForeignEntry, type Imported } from "./import-entry.js";
import { lookup } from "./lookup.js";
import type { Manifest } from "./manifest.js";
import { readStream } from "./replay-stream.js";

const tool = { id: "1", package: "demo", name: "tool" };
const parts = { env: {}, extra: {}, image: null, inputs: [], params: { n: 1 }, runner: "test", tool, v: 1 as const };
const key = parseCacheKey(hashText(jcs(parts)));

let there: StoreRig;
let here: StoreRig;
let entry: Entry;

beforeEach(async () => {
  there = await makeStoreRig();
  here = await makeStoreRig();
  entry = await there.store({ "out.txt": "hello", sub: { a: "b" } }, { key, parts });
});

afterEach(async () => {
  await there[Symbol.asyncDispose]();
  await here[Symbol.asyncDispose]();
});

function unpacked(dir: string, change: Partial<Manifest> = {}): ForeignEntry {
  const outputs = join(dir, "outputs");
  cpSync(entry.dir, outputs, { recursive: true, filter: (path) => !path.endsWith("/.runcache") });
  for (const name of ["stdout", "stderr"]) writeFileSync(join(dir, name), "");
  const manifest = { ...entry.manifest, user: null, host: null, ...change };
  return { manifest, outputs, stdout: join(dir, "stdout"), stderr: join(dir, "stderr") };
}

const take = async (unpack: (dir: string) => ForeignEntry): Promise<Imported | undefined> => {
  const options = { digests: new Digests({ ledger: null }), hasher: selectHasher(), durability: "none" as const };
  const [imported] = await importEntries(here.root, (dir) => Promise.resolve([unpack(dir)]), options);
  return imported;
};

const found = (): string => lookup(here.root, key, { verify: "digest", hasher: selectHasher() }).status;
const leftovers = (): string[] => readdirSync(join(here.root.dir, ".incoming"));

describe("importEntries", () => {
  test("makes an entry of another cache's, with the facts of its run and nobody's name", async () => {
    const imported = await take((dir) => unpacked(dir));
    expect(imported).toMatchObject({ status: "stored", differing: [] });
    expect(found()).toBe("found");
    const { manifest, dir } = (imported as Imported).entry;
    const { startedAt, durationMs, versions } = entry.manifest;
    expect(manifest).toMatchObject({ user: null, host: null, startedAt, durationMs, versions, parts });
    expect(await readTree(dir, { without: [".runcache"] })).toEqual(
      await readTree(entry.dir, { without: [".runcache"] }),
    );
    expect(leftovers()).toEqual([]);
  });

  test("leaves an entry that is there, and says what it has otherwise", async () => {
    const own = await here.store({ "out.txt": "mine" }, { key, parts });
    const imported = await take((dir) => unpacked(dir));
    expect(imported).toMatchObject({ status: "was-there", differing: ["out.txt", "sub", "sub/a"] });
    expect(imported?.entry.manifest.nonce).toBe(own.manifest.nonce);
  });

  test("refuses a manifest whose key is not that of its parts", async () => {
    const other = { ...parts, extra: { changed: true } };
    await expect(take((dir) => unpacked(dir, { parts: other }))).rejects.toMatchObject({
      code: "ERR_RUNCACHE_IMPORT_KEY",
    });
    expect(found()).toBe("missing");
  });

  test.each([
    ["an additional file", (dir: string) => writeFileSync(join(dir, "outputs/new"), "x"), "new is not what"],
    ["another stream", (dir: string) => writeFileSync(join(dir, "stdout"), "x"), "(stdout) is not what"],
    ["an additional directory", (dir: string) => mkdirSync(join(dir, "outputs/more")), "more is not what"],
  ])("refuses %s than the manifest says, and leaves nothing behind", async (_, change, message) => {
    const taken = take((dir) => {
      const foreign = unpacked(dir);
      change(dir);
      return foreign;
    });
    await expect(taken).rejects.toThrow(message);
    expect(found()).toBe("missing");
    expect(leftovers()).toEqual([]);
  });

  test("keeps long streams", async () => {
    const stdout = "line\n".repeat(300_000);
    const staging = await there.run({}, { stdout });
    const outcome = await there.commit(staging, { key, parts, guards: { argv: ["long"] } });
    if (outcome.status !== "stored") throw new Error(outcome.status);
    entry = outcome.entry;
    const imported = await take((dir) => {
      const foreign = unpacked(dir);
      writeFileSync(foreign.stdout, stdout);
      return foreign;
    });
    expect(readStream((imported as Imported).entry, "stdout").toString()).toBe(stdout);
  });
});
