import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  accessSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { file, makeTree, symlink } from "../kit/make-tree.js";
import { probes } from "../kit/probes.js";
import { readTree } from "../kit/read-tree.js";
import { requireOrSkip } from "../kit/skips.js";
import { makeCliRig, type CliRig, type Ended } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "b\na\n", sub: { "x.txt": "x\n", link: symlink("x.txt"), empty: {} } });
});

afterEach(() => rig[Symbol.asyncDispose]());

interface Listed {
  readonly key: string;
}

const keys = (cache = rig.cacheDir): string[] =>
  (JSON.parse(rig.call("ls", "--json", "--cache", cache).stdout) as Listed[]).map(({ key }) => key);

const lastKey = (): string => keys()[0] ?? "none";

const bottle = (...words: string[]): Ended => rig.call("bottle", lastKey(), "-o", rig.temp.join("b.tar.gz"), ...words);

/** Unpacks with the system's tar, as somebody without runcache would. */
function untar(): string {
  const dir = rig.temp.join("unpacked");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const { status, stderr } = spawnSync("tar", ["xzf", rig.temp.join("b.tar.gz"), "-C", dir], { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const [name = ""] = readdirSync(dir);
  return path.join(dir, name);
}

/** Runs the script of an unpacked bottle, far from where the entry was made. */
function runScript(dir: string, env: Readonly<Record<string, string>> = {}, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync("sh", [path.join(dir, "run.sh"), ...words], {
    cwd: "/",
    env: { ...rig.env, TMPDIR: rig.temp.path, ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const SAME = { status: 0, stdout: "", stderr: "the same: outputs, standard output and exit code\n" };

const COPY = ["--out", "out.txt", "--", "tool", "--cat", "in.txt", "--copy", "in.txt", "out.txt"];

function expectNoEntry(cache: string): void {
  const left = existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: "utf8" }) : [];
  expect(left.filter((name) => /[0-9a-f]{64}/.test(name))).toEqual([]);
  expect(left.filter((name) => name.startsWith(".incoming/"))).toEqual([]);
}

describe("bottle", () => {
  test("makes an archive whose script runs the tool again and finds the same", async () => {
    rig.call("run", ...COPY);
    const made = bottle();
    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toContain("tool, 1 input, 1 output");
    const dir = untar();
    rmSync(rig.work, { recursive: true });
    expect(runScript(dir)).toEqual(SAME);
    expect(await rig.tool.count()).toBe(2);
    expect(readdirSync(rig.temp.path).some((name) => name.startsWith("runcache-run."))).toBe(false);
    mkdirSync(rig.work);
  });

  test("has a script that says what differs, and where it is", async () => {
    rig.call("run", ...COPY);
    bottle();
    const dir = untar();
    await makeTree(rig.tool.binDir, { tool: file("#!/bin/sh\necho other >out.txt\nexit 3\n", { mode: 0o755 }) });
    const ended = runScript(dir, {}, rig.temp.join("again"));
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("note: this tool is not the one that ran");
    expect(ended.stderr).toContain("differs  exit code: 3 instead of 0");
    expect(ended.stderr).toContain("differs  standard output\ndiffers  out.txt\n");
    expect(readFileSync(rig.temp.join("again/work/out.txt"), "utf8")).toBe("other\n");
    expect(runScript(dir, {}, rig.temp.join("again")).stderr).toContain("is not empty");
    rmSync(rig.tool.path);
    expect(runScript(dir)).toMatchObject({ status: 2, stderr: "run.sh: there is no tool here: install it\n" });
  });

  test("has a script that does without b3sum", () => {
    rig.call("run", ...COPY);
    bottle();
    const dir = untar();
    const bin = rig.temp.join("few");
    mkdirSync(bin);
    for (const name of "sh cat cmp cp cut dirname ls mkdir mktemp rm tail".split(" ")) {
      symlinkSync(programPath(name), path.join(bin, name));
    }
    expect(runScript(dir, { PATH: `${rig.tool.binDir}:${bin}` })).toEqual(SAME);
    writeFileSync(path.join(dir, "entries", lastKey(), "outputs/out.txt"), "changed\n");
    expect(runScript(dir, { PATH: `${rig.tool.binDir}:${bin}` })).toMatchObject({ status: 1 });
  });

  test.each<[string, string[]]>([
    ["a directory with links", ["--in", "sub", "--out", "o", "--", "tool", "--copy", "sub/link", "o"]],
    ["standard input", ["--stdin", "in.txt", "--", "tool", "--stdin"]],
    ["a kept exit code", ["--ok-exit", "0,3", "--", "tool", "--cat", "in.txt", "--exit", "3"]],
    ["an output in a directory", ["--out", "own/o.txt", "--", "tool", "--copy", "in.txt", "own/o.txt"]],
    [
      "an output directory",
      ["--out", "d", "--", "tool", "--mkdir", "d", "--copy", "in.txt", "d/a", "--symlink", "a", "d/b"],
    ],
    ["paths that lead up", ["--in", "../up/x", "--out", "../up/o", "--", "tool", "--copy", "../up/x", "../up/o"]],
    ["absolute paths", ["--out", "ABS/o", "--", "tool", "--cat=ABS/up/x", "--copy", "in.txt", "ABS/o"]],
    [
      "hostile words",
      ["--out", "a b'\"$(x)", "--", "tool", "--write", "a b'\"$(x)", "`$HOME` \\n\n*;", "--cat", "in.txt"],
    ],
    ["a program of one's own", ["--out", "o", "--", "./own/prog", "in.txt", "o"]],
    ["an environment", ["--env", "UNSET", "--", "tool", "--env", "LANG", "--env", "TZ", "--cat", "in.txt"]],
  ])("runs again with %s", async (_, words) => {
    await makeTree(rig.temp.path, { up: { x: "up\n" } });
    await makeTree(rig.work, { own: { prog: file('#!/bin/sh\ncat "$1" >"$2"\n', { mode: 0o755 }) } });
    const ended = rig.call("run", ...words.map((word) => word.replaceAll("ABS", rig.temp.path)));
    expect(ended.code === 0 || ended.code === 3).toBe(true);
    expect(bottle().code).toBe(0);
    const dir = untar();
    for (const name of ["work", "up", "o"]) rmSync(rig.temp.join(name), { recursive: true, force: true });
    expect(runScript(dir, { TZ: "Asia/Tokyo", LANG: "C" })).toEqual(SAME);
    expect(existsSync(rig.temp.join("o"))).toBe(false);
    mkdirSync(rig.work);
  });

  test("refuses in its script to write over what lies at an absolute path that only the command knows", () => {
    const target = rig.temp.join("abs.txt");
    rig.call("run", "--out", target, "--", "sh", "-c", `cat in.txt >${target}`, "in.txt");
    expect(bottle().code).toBe(0);
    const dir = untar();
    writeFileSync(target, "mine\n");
    expect(runScript(dir)).toMatchObject({ status: 2 });
    expect(readFileSync(target, "utf8")).toBe("mine\n");
    rmSync(target);
    expect(runScript(dir)).toEqual(SAME);
  });

  test("gives the same bytes each time", () => {
    rig.call("run", ...COPY);
    const digests = [0, 1].map(() => {
      expect(bottle("--json").code).toBe(0);
      return createHash("sha256")
        .update(readFileSync(rig.temp.join("b.tar.gz")))
        .digest("hex");
    });
    expect(digests[0]).toBe(digests[1]);
  });

  test("names neither user nor machine, nor where it was made", () => {
    rig.call("run", ...COPY);
    bottle();
    const text = gunzipSync(readFileSync(rig.temp.join("b.tar.gz"))).toString("latin1");
    expect(text).toContain('"user":null,"host":null');
    expect(text).not.toContain(rig.temp.path);
    expect(text).not.toContain(`"${userInfo().username}"`);
    expect(text).not.toContain(`"${hostname()}"`);
  });

  test("refuses inputs that changed or are gone, naming all of them, and writes nothing", () => {
    rig.call("run", "--in", "sub", "--out", "o", "--", "tool", "--copy", "in.txt", "o");
    const copy = rig.temp.join("copy.txt");
    writeFileSync(copy, readFileSync(rig.at("in.txt")));
    writeFileSync(rig.at("in.txt"), "changed\n");
    rmSync(rig.at("sub"), { recursive: true });
    const refused = bottle();
    expect(refused.code).toBe(125);
    expect(refused.stderr).toMatch(
      /in\.txt has changed since .*sub \(a tree\) was not found.*ERR_RUNCACHE_BOTTLE_INPUT/s,
    );
    expect(JSON.parse(bottle("--json").stderr)).toMatchObject({ error: { code: "ERR_RUNCACHE_BOTTLE_INPUT" } });
    expect(existsSync(rig.temp.join("b.tar.gz"))).toBe(false);
    expect(bottle("--in", copy).stderr).not.toContain("in.txt has changed");
  });

  test("takes a copy of an input that --in names", () => {
    rig.call("run", ...COPY);
    const copy = rig.temp.join("copy.txt");
    writeFileSync(copy, readFileSync(rig.at("in.txt")));
    rmSync(rig.at("in.txt"));
    expect(bottle("--in", copy).code).toBe(0);
    expect(runScript(untar())).toEqual(SAME);
  });

  test("with --no-inputs leaves them out, and the script says what goes where", () => {
    rig.call("run", ...COPY);
    expect(bottle("--no-inputs").stdout).toContain("tool, 0 inputs, 1 output");
    const dir = untar();
    const refused = runScript(dir);
    expect(refused.status).toBe(2);
    const place = path.join(dir, "entries", lastKey(), "inputs/0/in.txt");
    expect(refused.stderr).toContain(place);
    mkdirSync(path.dirname(place));
    writeFileSync(place, "wrong\n");
    expect(runScript(dir).stderr).toContain("is not that of the digest");
    writeFileSync(place, readFileSync(rig.at("in.txt")));
    expect(runScript(dir)).toEqual(SAME);
  });

  test("takes inputs that other entries made from those, and runs the whole chain in order", async () => {
    rig.call("run", ...COPY);
    const first = lastKey();
    const made = rig.call("path", first).stdout.trim();
    rig.call("run", "--out", "two.txt", "--", "tool", "--copy", `${made}/out.txt`, "two.txt");
    const [second = ""] = keys().filter((key) => key !== first);
    rmSync(rig.at("out.txt"));
    const ended = rig.call("bottle", second, first, "-o", rig.temp.join("b.tar.gz"), "--json");
    expect(JSON.parse(ended.stdout)).toMatchObject({ entries: [{ key: first }, { key: second, runnable: true }] });
    const dir = untar();
    rmSync(rig.cacheDir, { recursive: true });
    expect(runScript(dir)).toMatchObject({ status: 0, stderr: SAME.stderr.repeat(2) });
    expect(await rig.tool.count()).toBe(4);
    expect(runScript(dir, {}, rig.temp.join("kept"))).toMatchObject({ status: 0 });
    expect(readdirSync(rig.temp.join("kept")).sort()).toEqual([first, second].sort());
  });

  test("says what is wrong with a call of it", () => {
    rig.call("run", ...COPY);
    expect(rig.call("bottle", lastKey()).stderr).toContain("-o FILE");
    expect(rig.call("bottle", "ffff", "-o", "x").stderr).toContain("there is no entry ffff");
    expect(rig.call("bottle", lastKey(), "-o", "no/x").code).toBe(125);
    chmodSync(rig.call("path", lastKey()).stdout.trim(), 0o700);
    const output = path.join(rig.call("path", lastKey()).stdout.trim(), "out.txt");
    chmodSync(output, 0o600);
    writeFileSync(output, "A\nb\n");
    expect(bottle().stderr).toContain("ERR_RUNCACHE_BOTTLE_CONTENT");
    expect(readdirSync(rig.temp.path).filter((name) => name.startsWith("b.tar.gz"))).toEqual([]);
  });
});

describe("unbottle", () => {
  let other: string;

  beforeEach(() => {
    other = rig.temp.join("other");
    rig.call("run", ...COPY);
    bottle();
  });

  const unbottle = (...words: string[]): Ended =>
    rig.call("unbottle", rig.temp.join("b.tar.gz"), "--cache", other, ...words);

  /** Changes the archive and its compression's sum with it. */
  const rewrite = (change: (tar: string) => string): void => {
    const tar = gunzipSync(readFileSync(rig.temp.join("b.tar.gz"))).toString("latin1");
    const changed = change(tar);
    expect(changed).not.toBe(tar);
    writeFileSync(rig.temp.join("b.tar.gz"), gzipSync(Buffer.from(changed, "latin1")));
  };

  test("makes the same command on the same inputs a hit in another cache", async () => {
    const key = lastKey();
    expect(unbottle()).toMatchObject({ code: 0, stderr: "" });
    rmSync(rig.at("out.txt"));
    const hit = rig.call("run", "-v", "--cache", other, ...COPY);
    expect(hit).toMatchObject({ code: 0, stdout: "b\na\n" });
    expect(hit.stderr).toContain("hit");
    expect(readFileSync(rig.at("out.txt"), "utf8")).toBe("b\na\n");
    expect(await rig.tool.count()).toBe(1);
    expect(JSON.parse(rig.call("show", key, "--json", "--cache", other).stdout)).toMatchObject({
      user: null,
      host: null,
    });
    expect(rig.call("verify", "--cache", other).code).toBe(0);
    expect(rig.call("bottle", key, "--cache", other, "-o", rig.temp.join("c.tar.gz")).code).toBe(0);
  });

  test("leaves an entry that is there, and says so", () => {
    expect(unbottle().stdout).toContain("tool is in the cache");
    expect(unbottle().stdout).toContain("tool was in the cache already");
    expect(JSON.parse(unbottle("--json").stdout)).toMatchObject({
      dir: null,
      keys: [lastKey()],
      imported: [{ status: "was-there", differing: [] }],
    });
    expect(unbottle().code).toBe(0);
  });

  test("with --dir lays it out and leaves the cache alone, unless --import says otherwise", async () => {
    const dir = rig.temp.join("laid", "out");
    expect(unbottle("--dir", dir)).toMatchObject({ code: 0 });
    expectNoEntry(other);
    expect(runScript(dir)).toEqual(SAME);
    const tree = await readTree(path.join(dir, "entries", lastKey()), { without: ["run.sh", "manifest.json"] });
    expect(tree).toEqual({
      inputs: { 0: { "in.txt": "b\na\n" } },
      outputs: { "out.txt": "b\na\n" },
      stderr: "",
      stdout: "b\na\n",
    });
    expect(unbottle("--dir", dir).stderr).toContain("ERR_RUNCACHE_BOTTLE_TARGET");
    expect(unbottle("--dir", rig.temp.join("second"), "--import", "--json").code).toBe(0);
    expect(keys(other)).toEqual([lastKey()]);
  });

  test.each<[string, (tar: string) => string, string]>([
    ["another output", (tar) => tar.replace(/(outputs\/out\.txt\0[\s\S]*?\0)b\na\n/, "$1b\nc\n"), "CONTENT"],
    ["another script", (tar) => tar.replace("set -u\nsay", "set -x\nsay"), "CONTENT"],
    ["another index", (tar) => tar.replace('"executable": false', '"executable": true '), "FORM"],
    ["a name that leads out", (tar) => tar.replace(/(\/outputs)\/out\.txt\0/, "$1/../e.txt\0"), "FORM"],
    ["its end missing", (tar) => tar.slice(0, tar.length - 3000), "FORM"],
    ["another archive behind it", (tar) => tar + tar, "FORM"],
  ])("refuses a bottle with %s, and keeps nothing", (_, change, fault) => {
    rewrite(change);
    for (const words of [[], ["--dir", rig.temp.join("dir")]]) {
      const ended = unbottle(...words);
      expect(ended.code).toBe(125);
      expect(ended.stderr).toContain(`ERR_RUNCACHE_BOTTLE_${fault}`);
      expectNoEntry(other);
    }
    expect(readdirSync(rig.temp.path).filter((name) => name.startsWith("dir") || name === "e.txt")).toEqual([]);
  });

  test("refuses a bottle with any byte changed", () => {
    const whole = readFileSync(rig.temp.join("b.tar.gz"));
    for (const part of [0.2, 0.5, 0.8]) {
      const changed = Buffer.from(whole);
      const at = Math.floor(whole.length * part);
      changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at);
      writeFileSync(rig.temp.join("b.tar.gz"), changed);
      expect(unbottle()).toMatchObject({ code: 125 });
      expectNoEntry(other);
    }
  });

  test("refuses more than it is allowed to unpack", () => {
    expect(unbottle("--max-size", "1000").stderr).toContain("ERR_RUNCACHE_BOTTLE_LIMIT");
    expectNoEntry(other);
    expect(unbottle("--max-size", "1M").code).toBe(0);
  });
});

describe.each(["docker", "podman"] as const)("a bottle of a run in %s", (engine) => {
  test.skipIf(requireOrSkip(engine, probes[engine]))("runs again in the same image, by its digest", async () => {
    await makeTree(rig.work, { "in, put": "one\n" });
    const flags = ["--runner", engine, "--image", "runcache-test/busybox:1", "--env", "LEVEL", "--out", "sub/o"];
    const script = 'cat "$0" "$1" - >sub/o; echo "$LEVEL"; id -u';
    const command = ["--stdin", "in.txt", "--", "sh", "-c", script, "in.txt", "in, put"];
    expect(rig.callWith({ env: { LEVEL: "3" } }, "run", ...flags, ...command)).toMatchObject({ code: 0 });
    expect(rig.call("show", lastKey()).stdout).toMatch(/command.* in\.txt 'in, put'/);
    expect(bottle()).toMatchObject({ code: 0 });
    const dir = untar();
    const ended = runScript(dir, { LEVEL: "3", RUNCACHE_ENGINE: engine, TMPDIR: rig.temp.path });
    expect(ended.stderr).toMatch(/^note: the run had a LEVEL [^\n]*\nthe same: outputs/);
    expect(ended.status).toBe(0);
    expect(readFileSync(path.join(dir, "entries", lastKey(), "run.sh"), "utf8")).toMatch(/^id=[0-9a-f]{64}$/m);
  });
});

/** Where PATH has a program. */
function programPath(name: string): string {
  const places = (process.env["PATH"] ?? "").split(":").map((dir) => path.join(dir, name));
  const found = places.find((place) => {
    try {
      accessSync(place);
      return true;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`there is no ${name} on PATH`);
  return found;
}
