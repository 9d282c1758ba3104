import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyOf, makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { processIdentity, type ProcessIdentity } from "../platform/process-identity.js";
import { randomName } from "../platform/random-name.js";
import { lockPath } from "./layout.js";
import { sweep, type Swept } from "./sweep.js";

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

/** A sweep as it would be after so many milliseconds: what lies about has aged by then. */
const sweepAfter = (durationMs: number): Promise<Swept> => sweep(rig.root, Date.now() + durationMs);

const NOTHING: Swept = { staging: 0, trash: 0, drafts: 0, locks: 0 };

/** A staging directory that `owner` left; the owner file holds any text that is no object. */
function leave(owner: Partial<ProcessIdentity> | string | null, name = randomName()): string {
  const dir = join(rig.root.dir, ".incoming", name);
  mkdirSync(join(dir, "out"), { recursive: true });
  writeFileSync(join(dir, "out/half.txt"), "x");
  const text = typeof owner === "string" ? owner : JSON.stringify({ ...processIdentity(), ...owner });
  if (owner !== null) writeFileSync(join(dir, "owner"), text);
  return dir;
}

describe("staging", () => {
  test("of a live process stays, however old it is", async () => {
    const staging = await rig.run({ "out.txt": "x" });
    expect(await sweepAfter(100 * DAY_MS)).toEqual(NOTHING);
    expect(existsSync(join(staging.outDir, "out.txt"))).toBe(true);
    staging.discard();
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ["whose process id nobody has", { pid: 2 ** 22 + 1 }],
    ["whose process id another process has by now", { startTime: "1" }],
    ["from before the machine was started", { bootId: "another" }],
  ])("%s goes at once", async (_, owner) => {
    const dir = leave(owner);
    expect(await sweepAfter(0)).toEqual({ ...NOTHING, staging: 1 });
    expect(existsSync(dir)).toBe(false);
    expect(readdirSync(join(rig.root.dir, ".trash"))).toEqual([]);
  });

  test.each<[string, Partial<ProcessIdentity> | string | null]>([
    ["of another machine", { host: "elsewhere", machineId: "another" }],
    ["of another container", { pidNamespace: "pid:[1]", pid: 1 }],
    ["without an owner", null],
    ["with half an owner", '{"host":"x'],
    ["with an owner that is nobody", "[]"],
  ])("%s goes when it was not touched for a day", async (_, owner) => {
    const dir = leave(owner);
    expect(await sweepAfter(23 * HOUR_MS)).toEqual(NOTHING);
    expect(await sweepAfter(25 * HOUR_MS)).toEqual({ ...NOTHING, staging: 1 });
    expect(existsSync(dir)).toBe(false);
  });

  test("that holds read-only directories goes too", async () => {
    const dir = leave({ startTime: "1" });
    mkdirSync(join(dir, "out/locked"), { mode: 0o500 });
    expect(await sweepAfter(0)).toMatchObject({ staging: 1 });
    expect(existsSync(dir)).toBe(false);
  });

  test("under a name that we did not give stays", async () => {
    const dir = leave({ startTime: "1" }, "notes");
    expect(await sweepAfter(2 * DAY_MS)).toEqual(NOTHING);
    expect(existsSync(dir)).toBe(true);
  });
});

describe("the trash", () => {
  test("is emptied of what lies there for an hour", async () => {
    const path = join(rig.root.dir, ".trash", randomName());
    mkdirSync(path, { recursive: true });
    utimesSync(path, 1, 1); // the time of last use came along; it says nothing of when it went there
    expect(await sweepAfter(0)).toEqual(NOTHING);
    expect(await sweepAfter(2 * HOUR_MS)).toEqual({ ...NOTHING, trash: 1 });
    expect(existsSync(path)).toBe(false);
  });

  test("loses a link, and not what it leads to", async () => {
    const precious = rig.temp.join("precious");
    writeFileSync(precious, "x");
    mkdirSync(join(rig.root.dir, ".trash"), { recursive: true });
    symlinkSync(rig.temp.path, join(rig.root.dir, ".trash", randomName()));
    expect(await sweepAfter(2 * HOUR_MS)).toEqual({ ...NOTHING, trash: 1 });
    expect(existsSync(precious)).toBe(true);
  });
});

describe("a draft of an entry", () => {
  test("goes after a day, and the entry beside it stays", async () => {
    const { dir } = await rig.store({ "out.txt": "x" });
    const draft = join(dir, "..", `.tmp-${randomName()}`);
    mkdirSync(join(draft, "sub"), { recursive: true });
    expect(await sweepAfter(HOUR_MS)).toEqual(NOTHING);
    expect(await sweepAfter(25 * HOUR_MS)).toEqual({ ...NOTHING, drafts: 1 });
    expect([existsSync(draft), existsSync(join(dir, "out.txt"))]).toEqual([false, true]);
  });
});

test("a cache without any of that is swept too", async () => {
  expect(await sweepAfter(DAY_MS)).toEqual(NOTHING);
});

describe("a lock", () => {
  /** What a process that is killed while it holds a lock leaves. */
  const leaveLock = (owner: Partial<ProcessIdentity> | null, name = "a"): string => {
    const path = lockPath(rig.root.dir, keyOf(name), "0".repeat(16));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, owner === null ? "" : JSON.stringify({ ...processIdentity(), ...owner }));
    return path;
  };
  const locks = (): string[] => readdirSync(join(rig.root.dir, ".locks"));

  test.each<[string, Partial<ProcessIdentity> | null]>([
    ["of another machine", { host: "elsewhere", machineId: "another" }],
    ["of another container", { pidNamespace: "pid:[1]", pid: 1 }],
    ["without an owner", null],
  ])("%s goes when its holder did not show for a day, whatever time it claims", async (_, owner) => {
    const path = leaveLock(owner);
    const future = new Date(Date.now() + 100 * DAY_MS); // a holder with a clock of its own
    utimesSync(path, future, future);
    expect(await sweepAfter(23 * HOUR_MS)).toEqual(NOTHING);
    expect(await sweepAfter(25 * HOUR_MS)).toEqual({ ...NOTHING, locks: 1 });
    expect(locks()).toEqual([]);
  });

  test.each<[string, Partial<ProcessIdentity>]>([
    ["whose process id nobody has", { pid: 2 ** 22 + 1 }],
    ["whose process id another process has by now", { startTime: "1" }],
    ["from before the machine was started", { bootId: "another" }],
  ])("%s goes at once", async (_, owner) => {
    leaveLock(owner);
    const held = leaveLock({}, "b");
    expect(await sweepAfter(0)).toEqual({ ...NOTHING, locks: 1 });
    expect(locks()).toEqual([basename(held)]);
    expect(readdirSync(join(rig.root.dir, ".trash"))).toEqual([]);
  });

  test("of a live process stays, however old it is", async () => {
    leaveLock({});
    expect(await sweepAfter(100 * DAY_MS)).toEqual(NOTHING);
    expect(locks()).toHaveLength(1);
  });

  test("that somebody was killed while breaking goes too, and what is no lock stays", async () => {
    const path = leaveLock({ startTime: "1" });
    renameSync(path, `${path}.${randomName()}`);
    renameSync(leaveLock({ startTime: "1" }), `${path}.${randomName()}.${randomName()}`);
    writeFileSync(join(rig.root.dir, ".locks/mine"), "");
    mkdirSync(`${path.slice(0, -1)}1`);
    expect(await sweepAfter(0)).toEqual({ ...NOTHING, locks: 2 });
    expect(locks().sort()).toEqual([`${basename(path).slice(0, -1)}1`, "mine"].sort());
  });
});
