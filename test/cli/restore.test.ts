import { once } from "node:events";
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readTree } from "../kit/read-tree.js";
import { symlink } from "../kit/make-tree.js";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

/** `seen` resolves when a name that `isWanted` appears in the host directory `dir`. */
function watchFor(dir: string, isWanted: (name: string) => boolean): Disposable & { readonly seen: Promise<void> } {
  let resolve!: () => void;
  const seen = new Promise<void>((settle) => (resolve = settle));
  const watcher = watch(dir, (_, name) => {
    if (name !== null && isWanted(name)) resolve();
  });
  return { seen, [Symbol.dispose]: () => watcher.close() };
}

/** Runs the counting tool twice on in.txt; `between` prepares what the hit finds. */
function twice(flags: readonly string[], words: readonly string[], between: () => void = () => undefined) {
  const call = () => rig.call("run", ...flags, "--", "tool", "--cat", "in.txt", ...words);
  const first = call();
  expect(first).toMatchObject({ code: 0, stderr: "" });
  between();
  return { first, second: call() };
}

const without = { without: ["in.txt"] };

describe("a hit puts back", () => {
  test("a directory with everything that the run wrote in it", async () => {
    const words = [
      "--mkdir",
      "dir/deep",
      "--mkdir",
      "dir/empty",
      "--write",
      "dir/a",
      "1",
      "--write",
      "dir/deep/b",
      "2",
      "--symlink",
      "deep/b",
      "dir/link",
    ];
    twice(["--out", "dir"], words, () => rmSync(rig.at("dir"), { recursive: true }));
    expect(await readTree(rig.work, without)).toEqual({
      dir: { a: "1\n", deep: { b: "2\n" }, empty: {}, link: symlink("deep/b") },
    });
    expect(await rig.tool.count()).toBe(1);
  });

  test("what the run wrote in a directory, and leaves alone what else is there", async () => {
    mkdirSync(rig.at("dir"));
    writeFileSync(rig.at("dir/mine"), "before");
    twice(["--out", "dir"], ["--write", "dir/a", "1"], () => {
      rmSync(rig.at("dir/a"));
      writeFileSync(rig.at("dir/mine"), "still");
    });
    expect(await readTree(rig.at("dir"))).toEqual({ a: "1\n", mine: "still" });
    const entries = rig.shell(`find "$RUNCACHE_DIR" -name mine`);
    expect(entries.stdout).toBe("");
  });

  test("outputs outside of the working directory, by relative and by absolute path", async () => {
    const outside = rig.temp.join("abs.txt");
    twice(["--out", "../rel.txt", "--out", outside], ["--write", "../rel.txt", "r", "--write", outside, "a"], () => {
      rmSync(rig.temp.join("rel.txt"));
      rmSync(outside);
    });
    expect(readFileSync(rig.temp.join("rel.txt"), "utf8")).toBe("r\n");
    expect(readFileSync(outside, "utf8")).toBe("a\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test("two outputs of one name in two directories", () => {
    mkdirSync(rig.at("a"));
    mkdirSync(rig.temp.join("a"));
    twice(["--out", "a/x", "--out", "../a/x"], ["--write", "a/x", "in", "--write", "../a/x", "out"], () => {
      rmSync(rig.at("a"), { recursive: true });
      rmSync(rig.temp.join("a"), { recursive: true });
    });
    expect(readFileSync(rig.at("a/x"), "utf8")).toBe("in\n");
    expect(readFileSync(rig.temp.join("a/x"), "utf8")).toBe("out\n");
  });

  test("names with spaces, Unicode, dashes and dots, and one that is reserved in an entry", async () => {
    const names = ["a b", "ü–ñ.txt", "-dash", "..double", ".runcache", "x".repeat(250)];
    const flags = names.map((name) => `--out=${name}`);
    twice(
      flags,
      names.flatMap((name) => ["--write", `./${name}`, "x"]),
      () => names.forEach((name) => rmSync(rig.at(name))),
    );
    expect(Object.keys(await readTree(rig.work, without)).sort()).toEqual([...names].sort());
    expect(await rig.tool.count()).toBe(1);
  });

  test("through a link that stands where the output goes", async () => {
    mkdirSync(rig.at("real"));
    symlinkSync("real/out.txt", rig.at("out.txt"));
    twice(["--out", "out.txt"], ["--write", "out.txt", "x"], () => rmSync(rig.at("real/out.txt")));
    expect(readlinkSync(rig.at("out.txt"))).toBe("real/out.txt");
    twice(["--out", "out.txt"], ["--write", "out.txt", "x"]);
    expect(readFileSync(rig.at("real/out.txt"), "utf8")).toBe("x\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test("a link that is the output itself", async () => {
    twice(["--out", "a", "--out", "latest"], ["--write", "a", "x", "--symlink", "a", "latest"], () => {
      rmSync(rig.at("latest"));
      rmSync(rig.at("a"));
    });
    expect(await readTree(rig.work, without)).toEqual({ a: "x\n", latest: symlink("a") });
  });

  test("the content of a file that a link leads to, where the file is no output", () => {
    writeFileSync(rig.at("far.txt"), "far");
    twice(["--out", "link"], ["--symlink", "far.txt", "link"], () => rmSync(rig.at("link")));
    expect(lstatSync(rig.at("link")).isFile()).toBe(true);
    expect(readFileSync(rig.at("link"), "utf8")).toBe("far");
  });

  test("a file where a directory stands, and a directory where a file stands", async () => {
    twice(["--out", "x", "--out", "y"], ["--write", "x", "file", "--mkdir", "y", "--write", "y/f", "1"], () => {
      rmSync(rig.at("x"));
      rmSync(rig.at("y"), { recursive: true });
      mkdirSync(rig.at("x/deep"), { recursive: true });
      writeFileSync(rig.at("y"), "file");
    });
    expect(await readTree(rig.work, without)).toEqual({ x: "file\n", y: { f: "1\n" } });
  });
});

describe("restored files", () => {
  test("have the tool's executable bit under the user's umask, one time, and can be written", () => {
    const words = [
      "--write",
      "a",
      "1",
      "--write",
      "b",
      "2",
      "--chmod",
      "755",
      "b",
      "--mkdir",
      "d",
      "--write",
      "d/c",
      "3",
    ];
    const flags = ["--out", "a", "--out", "b", "--out", "d"];
    twice(flags, words);
    const script = `umask 027; rm -r a b d; runcache run ${flags.join(" ")} -- tool --cat in.txt ${words.join(" ")}; echo more >a`;
    expect(rig.shell(script)).toMatchObject({ code: 0, stderr: "" });
    const modes = ["a", "b", "d", "d/c"].map((name) => (statSync(rig.at(name)).mode & 0o777).toString(8));
    expect(modes).toEqual(["640", "750", "750", "640"]);
    const times = ["b", "d/c"].map((name) => statSync(rig.at(name)).mtimeMs);
    expect(new Set(times).size).toBe(1);
    expect(readFileSync(rig.at("a"), "utf8")).toBe("more\n");
  });

  test("do not change the entry when somebody writes to them", () => {
    const call = () => twice(["--out", "a"], ["--write", "a", "1"]);
    call();
    writeFileSync(rig.at("a"), "changed");
    rmSync(rig.at("a"));
    call();
    expect(readFileSync(rig.at("a"), "utf8")).toBe("1\n");
  });

  test("are newer than every input, so that make has nothing to do", () => {
    twice(["--out", "a"], ["--write", "a", "1"]);
    const past = new Date(Date.now() - 86_400_000);
    utimesSync(rig.at("a"), past, past);
    writeFileSync(rig.at("in.txt"), "one\n");
    rig.call("run", "--out", "a", "--", "tool", "--cat", "in.txt", "--write", "a", "1");
    expect(statSync(rig.at("a")).mtimeMs).toBeGreaterThan(statSync(rig.at("in.txt")).mtimeMs);
  });

  test("are links to the entry where --link says so", () => {
    const words = ["--write", "a", "1"];
    twice(["--out", "a"], words, () => rmSync(rig.at("a")));
    const call = (kind: string) => {
      rmSync(rig.at("a"));
      expect(rig.call("run", "--link", kind, "--out", "a", "--", "tool", "--cat", "in.txt", ...words).code).toBe(0);
    };
    call("sym");
    expect(readlinkSync(rig.at("a"))).toContain(rig.cacheDir);
    expect(readFileSync(rig.at("a"), "utf8")).toBe("1\n");
    call("hard");
    expect(lstatSync(rig.at("a"))).toMatchObject({ nlink: 2 });
  });
});

describe("outputs that a hit linked to the cache", () => {
  const words = ["--append", "a", "1", "--mkdir", "d", "--append", "d/b", "2"];
  const call = (link: string, ...more: string[]) =>
    rig.call("run", "--link", link, "--out", "a", "--out", "d", "--", "tool", "--cat", "in.txt", ...more, ...words);

  test.each(["sym", "hard"])("by --link %s are files of one's own again after a hit that copies", async (link) => {
    call("copy");
    call(link);
    expect(call("copy")).toMatchObject({ code: 0, stderr: "" });
    const { nlink, mode } = lstatSync(rig.at("a"));
    expect([nlink, mode & 0o200]).toEqual([1, 0o200]);
    writeFileSync(rig.at("d/b"), "mine");
    expect(rig.call("verify").code).toBe(0);
    expect(await rig.tool.count()).toBe(1);
  });

  test.each(["sym", "hard"])("by --link %s can be written by the command when it runs again", async (link) => {
    call("copy");
    call(link);
    writeFileSync(rig.at("in.txt"), "two\n");
    expect(call(link)).toMatchObject({ code: 0, stdout: "two\n", stderr: "" });
    expect(readFileSync(rig.at("a"), "utf8")).toBe("1\n1\n");
    expect(lstatSync(rig.at("a")).isFile()).toBe(true);
    expect(rig.call("verify")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("2 of 2 entries sound") as string,
    });
    expect(await rig.tool.count()).toBe(2);
  });

  test("and whose entry is gone are no hindrance", async () => {
    call("copy");
    call("sym");
    rig.call("prune", "--max-entries", "0", "--keep-used-within", "0");
    expect(call("sym")).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(rig.at("d/b"), "utf8")).toBe("2\n");
    call("sym");
    rig.call("prune", "--max-entries", "0", "--keep-used-within", "0");
    expect(
      rig.callWith({ env: { RUNCACHE: "off" } }, "run", "--out", "a", "--", "tool", "--append", "a", "3").code,
    ).toBe(0);
    expect(readFileSync(rig.at("a"), "utf8")).toBe("3\n");
    expect(await rig.tool.count()).toBe(3);
  });
});

describe("outputs are put back complete or not at all", () => {
  test("nothing changes where one of them cannot be made, and the command runs instead", async () => {
    writeFileSync(rig.at("a"), "old");
    mkdirSync(rig.at("sub"));
    const flags = ["--out", "a", "--out", "sub/b"];
    const words = ["--write", "a", "1", "--write", "sub/b", "2"];
    rig.call("run", ...flags, "--", "tool", "--cat", "in.txt", ...words);
    writeFileSync(rig.at("a"), "mine");
    rmSync(rig.at("sub"), { recursive: true });
    writeFileSync(rig.at("sub"), "in the way");
    const ended = rig.call("run", ...flags, "--", "tool", "--cat", "in.txt", ...words);
    expect(ended.stderr).toContain("cannot be put back");
    expect(ended.code).not.toBe(0); // the tool's own failure to write there
    expect(ended.stdout).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
    expect(readFileSync(rig.at("sub"), "utf8")).toBe("in the way");
    expect(readdirSync(rig.work).filter((name) => name.startsWith(".runcache-"))).toEqual([]);
  });

  test.each([
    ["where a file goes", "b", ["b"]],
    ["below an output that is a directory", "d/c", ["d", "c"]],
  ])(
    "a directory with files in it that stands %s is left alone, and the command runs instead",
    async (_, name, parts) => {
      const flags = ["--out", "a", "--out", "b", "--out", "d"];
      const words = ["--write", "a", "1", "--mkdir", "d", "--write", "b", "2", "--write", "d/c", "3"];
      const { second } = twice(flags, words, () => {
        writeFileSync(rig.at("a"), "mine");
        rmSync(rig.at(name));
        mkdirSync(rig.at(...parts, "deep"), { recursive: true });
        writeFileSync(rig.at(name, "deep/thesis"), "years");
      });
      expect(second.stderr).toContain(`cannot be put back (${rig.at(name)} is a directory with files in it`);
      expect(second.code).not.toBe(0); // the tool's own failure to write there
      expect(readFileSync(rig.at(name, "deep/thesis"), "utf8")).toBe("years");
      expect(await rig.tool.count()).toBe(2);
      expect(readdirSync(rig.work).filter((other) => other.startsWith(".runcache-"))).toEqual([]);
    },
  );

  test("what was there is there again when a later step fails", () => {
    // The unit tests of Replacement cover each step; here: every name is as before, and no draft is left.
    twice(["--out", "a", "--out", "b"], ["--write", "a", "1", "--write", "b", "2"]);
    writeFileSync(rig.at("a"), "mine");
    rmSync(rig.at("b"));
    linkSync(rig.at("a"), rig.at("second-name"));
    expect(
      rig.call(
        "run",
        "--out",
        "a",
        "--out",
        "b",
        "--",
        "tool",
        "--cat",
        "in.txt",
        "--write",
        "a",
        "1",
        "--write",
        "b",
        "2",
      ).code,
    ).toBe(0);
    expect(readFileSync(rig.at("second-name"), "utf8")).toBe("mine");
    expect(readFileSync(rig.at("a"), "utf8")).toBe("1\n");
  });

  test("what is interrupted on the way leaves nothing behind", async () => {
    const script = 'cat "$1"; head -c 300000000 /dev/zero >big';
    const words = ["run", "--out", "big", "--", "sh", "-c", script, "sh", "in.txt"];
    expect(rig.call(...words)).toMatchObject({ code: 0, stdout: "one\n" });
    rmSync(rig.at("big"));
    using watcher = watchFor(rig.work, (name) => name.endsWith(".new"));
    const child = rig.start({}, ...words);
    await watcher.seen;
    child.kill("SIGTERM");
    const [code] = (await once(child, "close")) as [number | null];
    // The last piece may have been copied just before.
    expect({ code, files: readdirSync(rig.work).sort() }).toEqual(
      code === 0 ? { code, files: ["big", "in.txt"] } : { code: 143, files: ["in.txt"] },
    );
    expect(rig.call(...words)).toMatchObject({ code: 0, stdout: "one\n" });
    expect(statSync(rig.at("big")).size).toBe(300_000_000);
  }, 60_000);

  test("no draft and no old version stays behind", async () => {
    twice(["--out", "d"], ["--mkdir", "d", "--write", "d/a", "1"], () => writeFileSync(rig.at("d/a"), "old"));
    expect(await readTree(rig.work, without)).toEqual({ d: { a: "1\n" } });
  });
});

describe("a result that cannot be given back later is not kept", () => {
  test.each([
    ["a pipe", "out", "mkfifo out", "neither file, directory nor link"],
    ["a link that leads nowhere", "out", "ln -s gone out", "no file and no output"],
    ["a link to a directory that is no output", "out", "ln -s dir out", "no file and no output"],
    ["a deletion in an output", "dir", "rm dir/a", "deleted"],
  ])("%s", (_, output, script, message) => {
    mkdirSync(rig.at("dir"));
    writeFileSync(rig.at("dir/a"), "1");
    const ended = rig.call("run", "--in", "in.txt", "--out", output, "--", "sh", "-c", script);
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain(message);
  });
});
