import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import type { Entry } from "./entry.js";
import { entryDir } from "./layout.js";
import { removeTree } from "./remove-tree.js";
import { condemn, moveBack, moveToTrash, sweepTrash } from "./trash.js";

const key = keyOf("key");

let rig: StoreRig;
let entry: Entry;

beforeEach(async () => {
  rig = await makeStoreRig();
  entry = await rig.store({ "out.txt": "x" });
});

afterEach(() => rig[Symbol.asyncDispose]());

const trash = (): string[] => readdirSync(`${rig.root.dir}/.trash`);

describe("condemning an entry", () => {
  test("removes the one that was judged", () => {
    expect(condemn(rig.root, key, entry.manifest.nonce)).toBe("condemned");
    expect(existsSync(entry.dir)).toBe(false);
    expect(trash()).toEqual([]);
  });

  test("leaves another one that took its place", () => {
    expect(condemn(rig.root, key, "another")).toBe("replaced");
    expect(readFileSync(`${entry.dir}/out.txt`, "utf8")).toBe("x");
    expect(trash()).toEqual([]);
  });

  test("leaves a result without a manifest that took its place: it was announced", () => {
    rmSync(`${entry.dir}/.runcache`, { recursive: true });
    expect(condemn(rig.root, key, entry.manifest.nonce)).toBe("replaced");
    expect(existsSync(`${entry.dir}/out.txt`)).toBe(true);
  });

  test("that is gone already is no work", () => {
    rmSync(entry.dir, { recursive: true });
    expect(condemn(rig.root, key, entry.manifest.nonce)).toBe("gone");
  });

  test("says where the storage does not let it", () => {
    writeFileSync(`${rig.root.dir}/.trash`, "in the way");
    expect(condemn(rig.root, key, entry.manifest.nonce)).toBe("stuck");
    expect(existsSync(`${entry.dir}/out.txt`)).toBe(true);
  });
});

describe("on the way back from the trash", () => {
  test("an entry returns also where its shard was deleted as empty", () => {
    const away = moveToTrash(rig.root, entry.dir) ?? "";
    rmSync(`${rig.root.dir}/${key.slice(0, 2)}`, { recursive: true });
    moveBack(rig.root, key, away);
    expect(existsSync(`${entryDir(rig.root.dir, key)}/out.txt`)).toBe(true);
  });

  test("an entry gives way to one that was committed meanwhile", async () => {
    const away = moveToTrash(rig.root, entry.dir) ?? "";
    await rig.store({ "out.txt": "new" });
    moveBack(rig.root, key, away);
    expect(readFileSync(`${entry.dir}/out.txt`, "utf8")).toBe("new");
    expect(trash()).toEqual([]);
  });
});

describe("a sweep of the trash", () => {
  test("removes what was left there for an hour, and nothing that just went there", () => {
    moveToTrash(rig.root, entry.dir);
    expect(sweepTrash(rig.root, Date.now())).toBe(0);
    expect(trash()).toHaveLength(1);
    expect(sweepTrash(rig.root, Date.now() + 61 * 60_000)).toBe(1);
    expect(trash()).toEqual([]);
  });

  test("of a cache that never had any is nothing", () => {
    rmSync(`${rig.root.dir}/.trash`, { recursive: true, force: true });
    expect(sweepTrash(rig.root, Date.now())).toBe(0);
  });
});

describe("removing a tree", () => {
  test("follows no link, inside or at its root", () => {
    mkdirSync(rig.temp.join("precious"));
    writeFileSync(rig.temp.join("precious/file"), "x");
    mkdirSync(rig.temp.join("tree"));
    symlinkSync(rig.temp.join("precious"), rig.temp.join("tree/link"));
    symlinkSync(rig.temp.join("precious"), rig.temp.join("link"));
    for (const name of ["tree", "link"]) expect(removeTree(rig.temp.join(name))).toBe(true);
    expect(readdirSync(rig.temp.join("precious"))).toEqual(["file"]);
    expect(existsSync(rig.temp.join("tree"))).toBe(false);
  });

  test("takes names that are not UTF-8, and what is not there", () => {
    const dir = rig.temp.join("tree");
    mkdirSync(dir);
    writeFileSync(Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff])]), "x");
    expect(removeTree(dir)).toBe(true);
    expect(existsSync(dir)).toBe(false);
    expect(removeTree(dir)).toBe(true);
  });

  // Root may remove anything; the thread becomes another user for the call.
  test.runIf(process.getuid?.() === 0)(
    "takes read-only directories of the user's own, and leaves another user's",
    async () => {
      chmodSync(rig.temp.path, 0o777);
      const asUser = <T>(act: () => T): T => {
        process.seteuid?.(65534);
        try {
          return act();
        } finally {
          process.seteuid?.(0);
        }
      };
      const mine = rig.temp.join("mine");
      asUser(() => {
        mkdirSync(`${mine}/deep`, { recursive: true });
        writeFileSync(`${mine}/deep/file`, "x");
        for (const dir of [`${mine}/deep`, mine]) chmodSync(dir, 0o500);
      });
      expect(asUser(() => removeTree(mine))).toBe(true);
      expect(asUser(() => removeTree(entry.dir))).toBe(false);
      expect(statSync(`${entry.dir}/out.txt`).size).toBe(1);
      await Promise.resolve();
    },
  );
});
