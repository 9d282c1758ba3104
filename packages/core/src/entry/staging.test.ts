import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { probes } from "../../../../test/kit/probes.js";
import { requireOrSkip } from "../../../../test/kit/skips.js";
import { makeStoreRig, type StoreRig } from "../../../../test/store/rig.js";
import { processIdentity } from "../platform/process-identity.js";
import { createStaging, touchStaging, type Staging } from "./staging.js";
import { spareStagings } from "./spare-staging.js";
import { sweepStaging, sweepStagingOnce } from "./sweep-staging.js";

const HOUR_MS = 60 * 60_000;

let rig: StoreRig;

beforeEach(async () => {
  rig = await makeStoreRig();
});

afterEach(() => rig[Symbol.asyncDispose]());

const incoming = (): string[] => readdirSync(`${rig.root.dir}/.incoming`);

describe("a staging directory", () => {
  test("has a place for outputs, and says whose it is", () => {
    const staging = createStaging(rig.root);
    expect(staging.dir).toMatch(/\/\.incoming\/[0-9a-f]{32}$/);
    expect(readdirSync(staging.dir).sort()).toEqual(["out", "owner"]);
    expect(JSON.parse(readFileSync(`${staging.dir}/owner`, "utf8"))).toEqual(processIdentity());
    for (const path of [staging.dir, staging.outDir]) expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test("is gone when it is discarded, once or twice, whatever the tool left in it", async () => {
    const staging = await rig.run({ deep: { "x.txt": "x" } });
    staging.discard();
    staging.discard();
    expect(incoming()).toEqual([]);
  });

  test.skipIf(requireOrSkip("Linux", probes.linux) || requireOrSkip("root", probes.root))(
    "says whose it is as long as anything of it cannot be removed",
    () => {
      const staging = createStaging(rig.root);
      spawnSync("mount", ["-t", "tmpfs", "tmpfs", staging.outDir]);
      try {
        staging.discard();
        expect(readdirSync(staging.dir).sort()).toEqual(["out", "owner"]);
      } finally {
        spawnSync("umount", [staging.outDir]);
      }
    },
  );

  test("is made where somebody removed the place for all of them, or the whole cache", () => {
    createStaging(rig.root).discard();
    rmdirSync(`${rig.root.dir}/.incoming`);
    createStaging(rig.root);
    rmSync(rig.root.dir, { recursive: true });
    createStaging(rig.root);
    expect(incoming()).toHaveLength(1);
  });

  test("that is kept has the files of streams that said something, and of those that were opened", () => {
    const staging = createStaging(rig.root);
    staging.write("stderr", Buffer.from("said"));
    staging.keep();
    staging.discard();
    expect(readdirSync(staging.dir).sort()).toEqual(["out", "owner", "stderr"]);
    expect(readFileSync(`${staging.dir}/stderr`, "utf8")).toBe("said");
  });

  test("is kept young by a touch, and one that went away is no trouble", () => {
    const staging = createStaging(rig.root);
    const { dir } = staging;
    utimesSync(dir, 1, 1);
    touchStaging(dir);
    expect(Date.now() - statSync(dir).mtimeMs).toBeLessThan(HOUR_MS);
    staging.discard();
    touchStaging(dir);
  });
});

describe("a staging directory that may be used again", () => {
  afterEach(() => {
    spareStagings.clear();
    vi.useRealTimers();
  });

  /** One whose outputs were committed. */
  const makeUsed = (): Staging => {
    const staging = createStaging(rig.root, { reuse: true });
    rmdirSync(staging.outDir);
    return staging;
  };

  test("serves the next run under a new name, and is gone when there is none for a while", () => {
    vi.useFakeTimers();
    const first = makeUsed();
    const { ino } = statSync(first.dir);
    first.discard();
    const second = createStaging(rig.root, { reuse: true });
    expect(statSync(second.dir).ino).toBe(ino);
    expect(existsSync(first.dir)).toBe(false); // what the first run goes on writing finds nothing
    expect(readdirSync(second.dir).sort()).toEqual(["out", "owner"]);
    first.discard(); // again, which is none of its business
    expect(existsSync(second.outDir)).toBe(true);
    rmdirSync(second.outDir);
    second.discard();
    vi.advanceTimersByTime(99);
    expect(incoming()).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(incoming()).toEqual([]);
  });

  test("is for one run at a time", () => {
    for (const staging of [makeUsed(), makeUsed()]) staging.discard();
    const dirs = [1, 2, 3].map(() => createStaging(rig.root, { reuse: true }).dir);
    expect(new Set(dirs).size).toBe(3);
  });

  test("is not used where a run left something in it, or somebody removed it", () => {
    const full = createStaging(rig.root, { reuse: true });
    full.discard();
    const opened = makeUsed();
    opened.stdout.open();
    opened.discard();
    const removed = makeUsed();
    removed.discard();
    rmSync(removed.dir, { recursive: true });
    expect(incoming()).toEqual([]);
    expect([full.dir, opened.dir, removed.dir]).not.toContain(createStaging(rig.root, { reuse: true }).dir);
  });

  test("is gone when its process exits", () => {
    makeUsed().discard();
    process.emit("exit", 0);
    expect(incoming()).toEqual([]);
  });
});

describe("a sweep of staging directories", () => {
  const own = (staging: Staging, change: object): void =>
    writeFileSync(`${staging.dir}/owner`, JSON.stringify({ ...processIdentity(), ...change }));

  const age = ({ dir }: Staging, hours: number): void => {
    const seconds = (Date.now() - hours * HOUR_MS) / 1000;
    utimesSync(dir, seconds, seconds);
  };

  const sweep = (): number => sweepStaging(rig.root, Date.now());

  test("removes those of dead processes at once", () => {
    own(createStaging(rig.root), { pid: spawnSync("true").pid });
    createStaging(rig.root);
    expect(sweep()).toBe(1);
    expect(incoming()).toHaveLength(1);
    expect(readdirSync(`${rig.root.dir}/.trash`)).toEqual([]);
  });

  test("leaves those of live processes, however old", () => {
    age(createStaging(rig.root), 24 * 30);
    expect(sweep()).toBe(0);
  });

  test.each<[string, (staging: Staging) => void]>([
    ["of another machine", (staging) => own(staging, { host: "elsewhere" })],
    ["without an owner", ({ dir }) => rmSync(`${dir}/owner`)],
    ["whose owner was cut off", ({ dir }) => writeFileSync(`${dir}/owner`, '{"host":')],
    ["whose owner is nobody", ({ dir }) => writeFileSync(`${dir}/owner`, "null")],
  ])("removes those %s after a day, and not before", (_, change) => {
    const staging = createStaging(rig.root);
    change(staging);
    age(staging, 23);
    expect(sweep()).toBe(0);
    age(staging, 25);
    expect(sweep()).toBe(1);
    expect(incoming()).toEqual([]);
  });

  test("leaves what is none of ours", () => {
    createStaging(rig.root).discard();
    mkdirSync(`${rig.root.dir}/.incoming/precious`);
    utimesSync(`${rig.root.dir}/.incoming/precious`, 1, 1);
    expect(sweep()).toBe(0);
  });

  test("in a cache that has none is nothing", () => {
    expect(sweep()).toBe(0);
  });

  test("happens once a process by itself", () => {
    const first = createStaging(rig.root);
    own(first, { pid: spawnSync("true").pid });
    sweepStagingOnce(rig.root);
    expect(existsSync(first.dir)).toBe(false);
    const second = createStaging(rig.root);
    own(second, { pid: spawnSync("true").pid });
    sweepStagingOnce(rig.root);
    expect(existsSync(second.dir)).toBe(true);
  });
});
