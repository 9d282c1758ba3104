import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { file, makeTree } from "../kit/make-tree.js";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** Makes one entry a word; returns their keys. */
function makeEntries(...words: string[]): string[] {
  return words.map((word) => {
    const text = rig.call("run", "-v", "--out", word, "--", "tool", "--cat", "in.txt", "--write", word, word).stderr;
    const short = /miss ([0-9a-f]{12})/.exec(text)?.[1] ?? "";
    return path.basename(rig.call("path", short).stdout.trim());
  });
}

const dirOf = (key: string) => path.join(rig.cacheDir, key.slice(0, 2), key);

/** Sets when an entry was last used. */
function age(key: string, days: number) {
  const then = Date.now() / 1000 - days * 86_400;
  utimesSync(dirOf(key), then, then);
}

describe("prune", () => {
  test("removes what the limits exceed, and says what went and why the rest stayed", () => {
    const [old, pinned, fresh] = makeEntries("a", "b", "c") as [string, string, string];
    age(old, 40);
    rig.call("pin", pinned.slice(0, 10));
    const dry = rig.call("prune", "--max-age", "30d", "--dry-run");
    expect(dry.stdout).toMatch(new RegExp(`^goes +${old.slice(0, 12)} .* too old$`, "m"));
    expect(rig.call("prune", "--max-age", "30d", "--dry-run", "-v").stdout).toMatch(/^stays .*: pinned$/m);
    expect(dry.stdout).toMatch(/^would remove 1 entry, .*\(1 too old\)\nwould keep 2 entries \(.*1 pinned.*\)/m);
    expect(existsSync(dirOf(old))).toBe(true);
    const report = JSON.parse(rig.call("prune", "--max-age", "30d", "--json").stdout) as { entries: object[] };
    expect(report.entries).toMatchObject([{ key: old, reason: "age" }]);
    expect([old, pinned, fresh].map((key) => existsSync(dirOf(key)))).toEqual([false, true, true]);
  });

  test("keeps what was used lately unless told otherwise, and pins always", () => {
    const keys = makeEntries("a", "b");
    rig.call("pin", keys[0] ?? "");
    expect(rig.call("prune", "--max-entries", "0").stdout).toMatch(/^removed 0 entries/);
    rig.call("prune", "--max-entries", "0", "--keep-used-within", "0", "--keep-pinned");
    expect(keys.map((key) => existsSync(dirOf(key)))).toEqual([true, false]);
    rig.call("unpin", keys[0] ?? "");
    rig.call("prune", "--max-entries", "0", "--keep-used-within", "0");
    expect(keys.map((key) => existsSync(dirOf(key)))).toEqual([false, false]);
  });

  test("without a limit on the command line keeps the configured one, and without any says so", () => {
    const [old] = makeEntries("a") as [string];
    age(old, 40);
    const ended = rig.call("prune");
    expect(ended.code).toBe(125);
    expect(ended.stderr).toContain("ERR_RUNCACHE_NO_LIMIT");
    rig.callWith({ env: { RUNCACHE_MAX_AGE: "30d" } }, "prune");
    expect(existsSync(dirOf(old))).toBe(false);
  });
});

describe("limits are kept by the runs themselves", () => {
  test("where the user configured them", () => {
    const [old] = makeEntries("a") as [string];
    age(old, 40);
    rig.callWith({ env: { RUNCACHE_MAX_AGE: "30d" } }, "run", "--", "tool", "--cat", "in.txt");
    expect(existsSync(dirOf(old))).toBe(false);
  });

  test("where they belong to the cache, above what the user configured", () => {
    rig.call("init", "--max-age", "30d");
    const settings = () =>
      JSON.parse(rig.callWith({ env: { RUNCACHE_MAX_AGE: "90d" } }, "config", "--json").stdout) as Record<
        string,
        object
      >;
    expect(settings()["maxAge"]).toMatchObject({ value: 30 * 86_400_000, sources: [{ kind: "cache" }] });
    const [old] = makeEntries("a") as [string];
    age(old, 40);
    // Somebody prunes only now and then: this makes it now.
    utimesSync(path.join(rig.cacheDir, ".stats", "pruned"), 1, 1);
    rig.callWith({ env: { RUNCACHE_MAX_AGE: "90d" } }, "run", "--", "tool", "--cat", "in.txt");
    expect(existsSync(dirOf(old))).toBe(false);
  });
});

describe("verify", () => {
  test("finds damage, goes on, and with --repair removes it so that the next run makes it anew", async () => {
    const [bad, good] = makeEntries("a", "b") as [string, string];
    expect(rig.call("verify")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^2 of 2 entries sound/) as string,
    });
    chmodSync(path.join(dirOf(bad), "a"), 0o600);
    writeFileSync(path.join(dirOf(bad), "a"), "A\n");
    const found = rig.call("verify");
    expect(found.code).toBe(1);
    expect(found.stdout).toContain(`${bad.slice(0, 12)}  corrupt: a has another content`);
    expect(JSON.parse(rig.call("verify", "--json").stdout)).toMatchObject({ findings: [{ key: bad }], removed: 0 });
    expect(rig.call("verify", "--repair").stdout).toContain("1 removed");
    expect(rig.call("verify")).toMatchObject({ code: 0 });
    expect([bad, good].map((key) => existsSync(dirOf(key)))).toEqual([false, true]);
    makeEntries("a");
    expect(await rig.tool.count()).toBe(3);
  });
});

describe("init", () => {
  test("makes a cache for a team, with limits that are its own", () => {
    const dir = rig.temp.join("team");
    const ended = rig.call("init", dir, "--shared", "group", "--max-size", "2T", "--durability", "full");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain(`export RUNCACHE_DIR=${dir}`);
    expect(JSON.parse(readFileSync(path.join(dir, ".runcache.json"), "utf8"))).toEqual({
      layout: 1,
      shared: "group",
      limits: { maxSizeBytes: 2 * 1024 ** 4, durability: "full" },
    });
    expect((statSync(dir).mode & 0o7777).toString(8)).toBe("2770");
    expect(rig.call("init", dir).stderr).toContain("ERR_RUNCACHE_ROOT_EXISTS");
  });

  test("refuses a directory that holds something else", () => {
    expect(rig.call("init", rig.work).stderr).toContain("ERR_RUNCACHE_ROOT_FOREIGN");
    expect(readdirSync(rig.work)).toEqual(["in.txt"]);
  });
});

describe("cron", () => {
  test("prints lines that work: the command and its equivalent in find", () => {
    const [old, fresh] = makeEntries("a", "b") as [string, string];
    age(old, 40);
    const lines = rig.call("cron", "--max-age", "30d").stdout.trim().split("\n");
    const commands = lines.map((line) => line.replace(/^#?17 3 \* \* \* /, "")).filter((line) => !line.startsWith("#"));
    expect(commands).toHaveLength(4);
    rig.shell(`${commands[1]}; ${commands[2]}; ${commands[3]}`);
    expect([old, fresh].map((key) => existsSync(dirOf(key)))).toEqual([false, true]);
    age(fresh, 40);
    expect(rig.shell(commands[0] ?? "").stdout).toMatch(/^removed 1 entry/);
  });
});

const noMounts = requireOrSkip("root", probes.root) || requireOrSkip("linux", probes.linux);

test.skipIf(noMounts)("a cache whose disk becomes full during a run takes nothing from the run", () => {
  const disk = rig.temp.join("disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], { encoding: "utf8" });
  if (mounted.status !== 0) throw new Error(mounted.stderr);
  try {
    const env = { RUNCACHE_DIR: path.join(disk, "cache") };
    const run = (...words: string[]) => rig.callWith({ env }, "run", ...words);
    const printed = run("--no-inputs", "--", "sh", "-c", "head -c 4000000 /dev/zero");
    expect({ code: printed.code, bytes: printed.stdout.length }).toEqual({ code: 0, bytes: 4_000_000 });
    expect(printed.stderr).toMatch(/not kept: .*ENOSPC/);
    const written = run("--no-inputs", "--out", "big", "--", "sh", "-c", "head -c 4000000 /dev/zero > big");
    expect({ code: written.code, bytes: statSync(rig.at("big")).size }).toEqual({ code: 0, bytes: 4_000_000 });
    expect(written.stderr).toMatch(/not kept: .*ENOSPC/);
  } finally {
    spawnSync("umount", ["--lazy", disk]);
  }
});

test.skipIf(noMounts)("a disk that fills up is worth one line a day, where nothing limits the cache", () => {
  const disk = rig.temp.join("disk");
  mkdirSync(disk);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], { encoding: "utf8" });
  if (mounted.status !== 0) throw new Error(mounted.stderr);
  try {
    writeFileSync(path.join(disk, "filler"), Buffer.alloc(3.5 * 1024 * 1024));
    const env = { RUNCACHE_DIR: path.join(disk, "cache"), XDG_STATE_HOME: rig.temp.join("state") };
    const run = (word: string) => rig.callWith({ env }, "run", "--", "tool", "--cat", "in.txt", "--print", word);
    expect(run("a").stderr).toMatch(/^runcache: the disk of the cache .* is 8\d % full.*--max-size.*\n$/);
    expect(run("b").stderr).toBe("");
  } finally {
    spawnSync("umount", ["--lazy", disk]);
  }
});

describe("doctor", () => {
  test("looks at everything and finds nothing wrong here", () => {
    makeEntries("a");
    const findings = JSON.parse(rig.call("doctor", "--json").stdout) as { name: string; status: string }[];
    const names = findings.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        "node",
        "hashing",
        "cache",
        "filesystem",
        "rights",
        "clock",
        "space",
        "inodes",
        "docker",
      ]),
    );
    expect(findings.find(({ name }) => name === "cache")).toMatchObject({ status: "ok" });
    expect(rig.call("doctor").stdout).toMatch(/^ok +cache /m);
  });

  test("sees a home with a small quota, and says where a cluster has more room", async () => {
    // Filesystem, blocks (KiB), quota, limit, grace, files, quota, limit, grace.
    const quota = "#!/bin/sh\necho '/home 9500000 10000000 11000000 0 120 0 0 0'\n";
    await makeTree(rig.tool.binDir, { quota: file(quota, { mode: 0o755 }) });
    const ended = rig.callWith({ env: { SCRATCH: "/scratch/me" } }, "doctor");
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^problem +quota +\/home: 9\.1 GiB of 9\.5 GiB, 120 of any number of files$/m);
    expect(ended.stdout).toContain("export RUNCACHE_DIR=$SCRATCH/runcache");
  });

  test("sees a cache that is none", () => {
    const ended = rig.call("doctor", "--cache", rig.work);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^problem +cache .*is not a cache/m);
  });

  test.skipIf(requireOrSkip("linux", probes.linux))("sees a clock that is wrong", () => {
    makeEntries("a");
    const program = rig.shell("command -v faketime");
    if (program.code !== 0) throw new Error("faketime is missing: scripts/setup-engines.sh tools");
    const ended = rig.shell("faketime '+1 hour' runcache doctor");
    expect(ended.stdout).toMatch(/^problem +clock/m);
  });
});
