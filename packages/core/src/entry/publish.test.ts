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
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTree } from "../../../../test/kit/read-tree.js";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { selectHasher } from "../hashing/select-hasher.js";
import { entryDir } from "./layout.js";
import { lookup } from "./lookup.js";
import { placeDetached } from "./publish.js";
import { takePlace } from "./take-place.js";

const key = keyOf("key");

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

const reason = (): string => {
  const looked = lookup(rig.root, key, { verify: "stat", hasher: selectHasher() });
  return looked.status === "found" ? "found" : looked.reason;
};

describe("a detached result", () => {
  test("lies at the place of its key and is no entry", async () => {
    const staging = await rig.run({ "out.txt": "x" });
    expect(placeDetached(rig.root, staging.outDir, key)).toBe(entryDir(rig.root.dir, key));
    expect(await readTree(entryDir(rig.root.dir, key))).toEqual({ "out.txt": "x" });
    expect(reason()).toBe("incomplete");
  });

  test("takes the place of a valid entry: the path was announced", async () => {
    await rig.store({ "out.txt": "old" });
    const staging = await rig.run({ "out.txt": "new" });
    placeDetached(rig.root, staging.outDir, key);
    expect(readFileSync(`${entryDir(rig.root.dir, key)}/out.txt`, "utf8")).toBe("new");
    expect(reason()).toBe("incomplete");
  });

  test("is none even where the tool wrote a manifest", async () => {
    const { dir } = await rig.store({ "out.txt": "x" });
    const manifest = readFileSync(`${dir}/.runcache/manifest.json`);
    const staging = await rig.run({ "out.txt": "forged", ".runcache": { "manifest.json": manifest } });
    placeDetached(rig.root, staging.outDir, key);
    expect(reason()).toBe("incomplete");
  });

  test("counts as used now, whatever time the tool gave its directory: cron leaves it", async () => {
    const staging = await rig.run({ "out.txt": "x" });
    utimesSync(staging.outDir, 1, 1);
    const { mtimeMs } = statSync(placeDetached(rig.root, staging.outDir, key));
    expect(mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  test("that is a link does not touch what it leads to", async () => {
    const elsewhere = rig.temp.join("elsewhere");
    mkdirSync(`${elsewhere}/.runcache`, { recursive: true });
    writeFileSync(`${elsewhere}/.runcache/mine`, "mine");
    const staging = await rig.run({});
    rmSync(staging.outDir, { recursive: true });
    symlinkSync(elsewhere, staging.outDir);
    placeDetached(rig.root, staging.outDir, key);
    expect(readdirSync(`${elsewhere}/.runcache`)).toEqual(["mine"]);
  });
});

describe("taking a place", () => {
  const dir = (): string => entryDir(rig.root.dir, key);

  test("succeeds where the reply to the rename got lost", async () => {
    const staging = await rig.run({ "out.txt": "x" });
    const { ino } = statSync(staging.outDir);
    placeDetached(rig.root, staging.outDir, key);
    const again = takePlace(rig.root, key, staging.outDir, {
      isOurs: (path) => lstatSync(path).ino === ino,
      judge: () => expect.fail("it was judged"),
    });
    expect(again).toBeNull();
    expect(existsSync(`${dir()}/out.txt`)).toBe(true);
  });

  test("leaves an entry that came after the judgement, and judges again", async () => {
    mkdirSync(`${dir()}/old`, { recursive: true });
    const staging = await rig.run({ "out.txt": "mine" });
    let judged = 0;
    const winner = takePlace(rig.root, key, staging.outDir, {
      isOurs: () => false,
      judge: () => {
        judged += 1;
        if (judged === 1) {
          rmSync(dir(), { recursive: true });
          rig.commitBlocking(others, {});
          return { verdict: "goes", nonce: null };
        }
        const looked = lookup(rig.root, key, { verify: "stat", hasher: selectHasher() });
        if (looked.status === "missing") return expect.fail(looked.reason);
        return { verdict: "stays", entry: looked.entry };
      },
    });
    expect(judged).toBe(2);
    expect(readFileSync(`${winner?.dir}/out.txt`, "utf8")).toBe("theirs");
  });

  let others: Awaited<ReturnType<StoreRig["run"]>>;
  beforeEach(async () => {
    others = await rig.run({ "out.txt": "theirs" });
  });
});
