import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { useOf } from "./entry-usage.js";
import type { Entry } from "./entry.js";
import { evict } from "./evict.js";
import { pin } from "./pin.js";

let rig: StoreRig;
let entry: Entry;
let judgedMs: number;

beforeEach(async () => {
  rig = await makeStoreRig();
  entry = await rig.store({ "out.txt": "x", sub: { "more.txt": "y" } });
  judgedMs = useOf(entry.dir)?.usedAtMs ?? 0;
});

afterEach(() => rig[Symbol.asyncDispose]());

const trash = (): string[] => readdirSync(join(rig.root.dir, ".trash"));

describe("an entry that is to go", () => {
  test("goes, and leaves nothing in the trash", () => {
    expect(evict(rig.root, entry, judgedMs)).toBe("evicted");
    expect(existsSync(entry.dir)).toBe(false);
    expect(trash()).toEqual([]);
  });

  test("goes on a network file system too, where its time is asked for again", () => {
    expect(evict({ ...rig.root, isNetwork: true }, entry, judgedMs)).toBe("evicted");
  });

  test("stays where it was used since it was judged", () => {
    utimesSync(entry.dir, 1, 2);
    expect(evict(rig.root, entry, judgedMs)).toBe("used");
    expect(existsSync(join(entry.dir, "sub/more.txt"))).toBe(true);
  });

  test("stays where it was pinned since it was judged", () => {
    pin(rig.root, entry);
    expect(evict(rig.root, entry, judgedMs)).toBe("pinned");
    expect(existsSync(entry.dir)).toBe(true);
  });

  test("may be gone already, its shard included", () => {
    rmSync(entry.dir, { recursive: true });
    expect(evict(rig.root, entry, judgedMs)).toBe("gone");
    rmSync(join(entry.dir, ".."), { recursive: true });
    expect(evict(rig.root, entry, judgedMs)).toBe("gone");
  });
});
