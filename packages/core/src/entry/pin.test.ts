import { existsSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { selectHasher } from "../hashing/select-hasher.js";
import type { Entry } from "./entry.js";
import { lookup } from "./lookup.js";
import { pin, unpin } from "./pin.js";
import { bump } from "./touch.js";

let rig: StoreRig;
let entry: Entry;

beforeEach(async () => {
  rig = await makeStoreRig();
  entry = await rig.store({ "out.txt": "x" });
});

afterEach(() => rig[Symbol.asyncDispose]());

const year = (): number => statSync(entry.dir).mtime.getUTCFullYear();

describe("a pin", () => {
  test("is a file in the record and a time that no find takes", () => {
    pin(rig.root, entry);
    expect(statSync(join(entry.dir, ".runcache/pin")).mode & 0o777).toBe(0o400);
    expect(year()).toBe(2100);
  });

  test("leaves the entry as good as it was", () => {
    pin(rig.root, entry);
    expect(lookup(rig.root, entry.key, { verify: "digest", hasher: selectHasher() }).status).toBe("found");
  });

  test("survives hits, and puts a time right that a hit set beside it", () => {
    pin(rig.root, entry);
    bump(entry);
    expect(year()).toBe(2100);
    utimesSync(entry.dir, 1e9, 1e9);
    bump(entry);
    expect(year()).toBe(2100);
  });

  test("twice is one", () => {
    pin(rig.root, entry);
    pin(rig.root, entry);
    unpin(entry);
    expect(existsSync(join(entry.dir, ".runcache/pin"))).toBe(false);
  });

  test("goes with an entry that is run anew", async () => {
    pin(rig.root, entry);
    const staging = await rig.run({ "out.txt": "new" });
    const outcome = await rig.commit(staging, { options: { replace: true } });
    staging.discard();
    expect(outcome.status).toBe("stored");
    expect(existsSync(join(entry.dir, ".runcache/pin"))).toBe(true);
    expect(year()).toBe(2100);
  });
});

test("an entry that went away meanwhile cannot be pinned", () => {
  rmSync(entry.dir, { recursive: true });
  expect(() => pin(rig.root, entry)).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_NO_ENTRY" }));
});

test("an entry that is unpinned was used now", () => {
  pin(rig.root, entry);
  unpin(entry);
  expect(Math.abs(statSync(entry.dir).mtimeMs - Date.now())).toBeLessThan(60_000);
  unpin(entry); // not pinned any more
});
