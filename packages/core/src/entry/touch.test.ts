import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  readFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import type { Entry } from "./entry.js";
import { pin, unpin } from "./pin.js";
import { bump } from "./touch.js";

let rig: StoreRig;
let entry: Entry;

beforeEach(async () => {
  rig = await makeStoreRig({ shared: "group" });
  entry = await rig.store({ "out.txt": "x" });
  utimesSync(entry.dir, 1000, 1000);
});

afterEach(() => rig[Symbol.asyncDispose]());

const age = (): number => Date.now() - statSync(entry.dir).mtimeMs;
const year = (): number => statSync(entry.dir).mtime.getUTCFullYear();

describe("a hit", () => {
  test("makes its entry one that was used now, and leaves nothing in it", () => {
    expect(bump(entry)).toBe("there");
    expect(age()).toBeLessThan(60_000);
    expect(readdirSync(entry.dir).sort()).toEqual([".runcache", "out.txt"]);
  });

  test("of an entry that went away says so", () => {
    rmSync(entry.dir, { recursive: true });
    expect(bump(entry)).toBe("vanished");
    expect(bump({ dir: `${rig.temp.path}/file/x` })).toBe("vanished");
  });

  test("of a pinned entry leaves its time alone, and gives back one that was lost", () => {
    pin(rig.root, entry);
    bump(entry);
    expect(year()).toBe(2100);
    utimesSync(entry.dir, 1000, 1000);
    bump(entry);
    expect(year()).toBe(2100);
  });
});

// Root may do everything: as another user, effective in this thread only for the duration of the call.
describe.runIf(process.getuid?.() === 0)("a hit by another user", () => {
  const asGuest = <T>(act: () => T): T => {
    process.setegid?.(65534);
    process.seteuid?.(65534);
    try {
      return act();
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
  };

  beforeEach(() => {
    chmodSync(rig.temp.path, 0o755);
    chmodSync(rig.root.dir, 0o755);
    chmodSync(entry.dir.slice(0, -65), 0o755);
  });

  test("who may write into the entry: a file that comes and goes does it", () => {
    chmodSync(entry.dir, 0o777);
    expect(asGuest(() => bump(entry))).toBe("there");
    expect(age()).toBeLessThan(60_000);
    expect(readdirSync(entry.dir)).not.toContain(".runcache.bump");
  });

  test("finds a file that another guest left: removing it does as well", () => {
    chmodSync(entry.dir, 0o777);
    writeFileSync(`${entry.dir}/.runcache.bump`, "");
    utimesSync(entry.dir, 1000, 1000);
    expect(asGuest(() => bump(entry))).toBe("there");
    expect(age()).toBeLessThan(60_000);
  });

  test("follows no link that somebody left in its way", () => {
    chmodSync(entry.dir, 0o777);
    writeFileSync(rig.temp.join("precious"), "precious", { mode: 0o666 });
    chmodSync(rig.temp.join("precious"), 0o666);
    symlinkSync(rig.temp.join("precious"), `${entry.dir}/.runcache.bump`);
    asGuest(() => bump(entry));
    expect(readFileSync(rig.temp.join("precious"), "utf8")).toBe("precious");
  });

  test("who may only read is a hit all the same", () => {
    chmodSync(entry.dir, 0o755);
    expect(asGuest(() => bump(entry))).toBe("there");
    expect(age()).toBeGreaterThan(60_000);
  });

  test("cannot pin what is not his, and leaves no pin behind", () => {
    chmodSync(entry.dir, 0o777);
    mkdirSync(`${entry.dir}/x`);
    chmodSync(`${entry.dir}/.runcache`, 0o777);
    expect(() => asGuest(() => pin(rig.root, entry))).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_PIN" }));
    expect(readdirSync(`${entry.dir}/.runcache`)).toEqual(["manifest.json"]);
  });
});

describe("a pin", () => {
  test("is a file in the record and a time that find keeps; unpinned, the entry was used now", () => {
    pin(rig.root, entry);
    pin(rig.root, entry);
    expect(readdirSync(`${entry.dir}/.runcache`).sort()).toEqual(["manifest.json", "pin"]);
    expect(year()).toBe(2100);
    unpin(entry);
    unpin(entry);
    expect(readdirSync(`${entry.dir}/.runcache`)).toEqual(["manifest.json"]);
    expect(age()).toBeLessThan(60_000);
  });
});
