import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cp } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTree } from "../kit/make-tree.js";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const read = (name: string) => readFileSync(rig.at(name), "utf8");
const copy = (...more: string[]) =>
  rig.call("run", "--out", "out.txt", ...more, "--", "tool", "--copy", "in.txt", "out.txt");

describe("a run", () => {
  test("runs the command once, and then gives its streams, exit code and outputs without it", async () => {
    const words = [
      "run",
      "--out",
      "out.txt",
      "--",
      "tool",
      "--copy",
      "in.txt",
      "out.txt",
      "--print",
      "said",
      "--print-error",
      "warned",
    ];
    const first = rig.call(...words);
    rmSync(rig.at("out.txt"));
    const second = rig.call(...words);
    expect(first).toEqual({ code: 0, signal: null, stdout: "said\n", stderr: "warned\n" });
    expect(second).toEqual(first);
    expect(read("out.txt")).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test("gives both streams byte for byte, also what is no text and has no last line feed", async () => {
    const words = ["run", "--no-inputs", "--", "tool", "--raw", "\\0377\\0376a\\0000b\\r\\n\\0303"];
    const first = rig.call(...words);
    expect(rig.call(...words)).toEqual(first);
    expect(await rig.tool.count()).toBe(1);
  });

  test("runs again when the content of an argument's file changes, and not when only its time does", async () => {
    copy();
    writeFileSync(rig.at("in.txt"), "one\n");
    copy();
    expect(await rig.tool.count()).toBe(1);
    writeFileSync(rig.at("in.txt"), "two\n");
    copy();
    expect(await rig.tool.count()).toBe(2);
    expect(read("out.txt")).toBe("two\n");
  });

  test.each([
    ["after an equals sign", ["--cat=in.txt"]],
    ["as a word of its own", ["--cat", "in.txt"]],
    ["by its absolute path", ["--cat", () => rig.at("in.txt")]],
  ])("knows the file %s", async (_, words) => {
    const call = () =>
      rig.call("run", "--", "tool", ...words.map((word) => (typeof word === "string" ? word : word())));
    expect(call().stdout).toBe("one\n");
    writeFileSync(rig.at("in.txt"), "two\n");
    expect(call().stdout).toBe("two\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("hits in another checkout of the same files, and puts the outputs there", async () => {
    copy();
    await cp(rig.work, rig.temp.join("other"), { recursive: true });
    rmSync(rig.temp.join("other/out.txt"));
    const words = ["run", "--out", "out.txt", "--", "tool", "--copy", "in.txt", "out.txt"];
    rig.callWith({ cwd: rig.temp.join("other") }, ...words);
    expect(readFileSync(rig.temp.join("other/out.txt"), "utf8")).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test("does not hit where the command line is written otherwise, because a tool may print it", async () => {
    mkdirSync(rig.at("sub"));
    writeFileSync(rig.at("sub/in.txt"), "one\n");
    for (const name of ["in.txt", "./in.txt", "sub/in.txt", rig.at("in.txt"), rig.at("sub/in.txt")]) {
      expect(rig.call("run", "--", "tool", "--cat", name, "--print", name).stdout).toBe(`one\n${name}\n`);
    }
    expect(await rig.tool.count()).toBe(5);
  });

  test("runs again when the program itself changes", () => {
    writeFileSync(rig.at("script"), "#!/bin/sh\ncat in.txt\n");
    chmodSync(rig.at("script"), 0o755);
    expect(rig.call("run", "--in", "in.txt", "--", "./script").stdout).toBe("one\n");
    writeFileSync(rig.at("script"), "#!/bin/sh\ncat in.txt in.txt\n");
    expect(rig.call("run", "--in", "in.txt", "--", "./script").stdout).toBe("one\none\n");
  });

  test("has in the key what --env, --extra and --in say", async () => {
    writeFileSync(rig.at("other.txt"), "x");
    const call = (env: Record<string, string>, ...flags: string[]) =>
      rig.callWith({ env }, "run", ...flags, "--", "tool", "--cat", "in.txt");
    call({ LEVEL: "1" }, "--env", "LEVEL");
    call({ LEVEL: "1" }, "--env", "LEVEL");
    expect(await rig.tool.count()).toBe(1);
    call({ LEVEL: "2" }, "--env", "LEVEL");
    call({}, "--env", "LEVEL");
    call({}, "--extra", "generation=2");
    call({}, "--in", "other.txt");
    expect(await rig.tool.count()).toBe(5);
    writeFileSync(rig.at("other.txt"), "y");
    call({}, "--in", "other.txt");
    expect(await rig.tool.count()).toBe(6);
  });

  test("takes a directory as an input only where --in names it", async () => {
    await makeTree(rig.at("dir"), { "a.txt": "a", deep: { "b.txt": "b" } });
    const call = (...flags: string[]) => rig.call("run", ...flags, "--", "tool", "--print", "dir", "--cat", "in.txt");
    call("--in", "dir");
    call("--in", "dir");
    expect(await rig.tool.count()).toBe(1);
    writeFileSync(rig.at("dir/deep/b.txt"), "c");
    call("--in", "dir");
    expect(await rig.tool.count()).toBe(2);
    expect(call().stderr).toContain("--in dir");
    writeFileSync(rig.at("dir/deep/b.txt"), "d");
    call();
    expect(await rig.tool.count()).toBe(4);
  });

  test("with --no-infer takes only what --in names", async () => {
    writeFileSync(rig.at("other.txt"), "x");
    const call = () => rig.call("run", "--no-infer", "--in", "other.txt", "--", "tool", "--cat", "in.txt");
    call();
    writeFileSync(rig.at("in.txt"), "two\n");
    expect(call().stdout).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test("is one command in any order of the same flags", async () => {
    writeFileSync(rig.at("other.txt"), "x");
    const command = ["--", "tool", "--copy", "in.txt", "a.txt", "--copy", "in.txt", "b.txt"];
    rig.call("run", "--in", "in.txt", "--in", "other.txt", "--out", "a.txt", "--out", "b.txt", ...command);
    rig.call("run", "--out", "b.txt", "--out", "./a.txt", "--in", "other.txt", ...command);
    expect(await rig.tool.count()).toBe(1);
  });

  test("is served to several processes at once by one of them", async () => {
    const ended = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = rig.start({}, "run", "--out", "out.txt", "--", "tool", "--copy", "in.txt", "out.txt");
        return await new Promise((resolve) => child.once("close", resolve));
      }),
    );
    expect(ended).toEqual([0, 0, 0, 0]);
    expect(await rig.tool.count()).toBe(1);
  });
});

describe("exit codes", () => {
  test("of a failing command are its own, and nothing is kept", async () => {
    const words = ["run", "--", "tool", "--cat", "in.txt", "--print-error", "bad", "--exit", "7"];
    expect(rig.call(...words)).toMatchObject({ code: 7, stdout: "one\n", stderr: "bad\n" });
    expect(rig.call(...words)).toMatchObject({ code: 7, stdout: "one\n", stderr: "bad\n" });
    expect(await rig.tool.count()).toBe(2);
  });

  test("that --ok-exit lists are kept and given again", async () => {
    const words = ["run", "--ok-exit", "0,1", "--", "tool", "--cat", "in.txt", "--exit", "1"];
    expect(rig.call(...words).code).toBe(1);
    expect(rig.call(...words)).toMatchObject({ code: 1, stdout: "one\n", stderr: "" });
    expect(await rig.tool.count()).toBe(1);
    expect(rig.call("run", "--ok-exit", "0,2", ...words.slice(3)).code).toBe(1);
    expect(await rig.tool.count()).toBe(2);
  });

  test("of a command that a signal ended are 128 and its number", () => {
    expect(rig.call("run", "--", "tool", "--cat", "in.txt", "--kill", "KILL").code).toBe(137);
    expect(rig.call("run", "--", "tool", "--cat", "in.txt", "--kill", "SEGV").code).toBe(139);
  });

  test("are 127 where there is no such program, 126 where it cannot be executed", () => {
    expect(rig.call("run", "--", "no-such-program", "in.txt")).toMatchObject({ code: 127 });
    expect(rig.call("run", "--", "./in.txt", "in.txt")).toMatchObject({ code: 126 });
    expect(rig.call("run", "--no-inputs", "--require-cache", "--", "no-such-program").code).toBe(127);
  });

  test.each([
    ["an unknown flag", ["run", "--ouut", "x", "--", "tool"], "did you mean"],
    ["a flag without its value", ["run", "--out", "--", "tool"], "--out needs a value"],
    ["no --", ["run", "tool"], "put -- before"],
    ["no command", ["run", "--"], "needs a command"],
    ["an unknown command", ["rum"], "did you mean 'run'"],
    ["a value that a flag cannot have", ["run", "--ok-exit", "300", "--", "tool"], "--ok-exit cannot be"],
    ["an input that is not there", ["run", "--in", "gone.txt", "--", "tool"], "gone.txt does not exist"],
    ["an output that holds the working directory", ["run", "--out", "..", "--", "tool"], "holds the working directory"],
  ])("are 125 for %s, and nothing runs", async (_, words, message) => {
    const ended = rig.call(...words);
    expect(ended).toMatchObject({ code: 125, stdout: "" });
    expect(ended.stderr).toContain(message);
    expect(await rig.tool.count()).toBe(0);
  });
});

describe("standard input", () => {
  test("is empty", () => {
    expect(rig.callWith({ input: "typed" }, "run", "--in", "in.txt", "--", "tool", "--stdin").stdout).toBe("");
  });

  test("is the file that --stdin names, and in the key", async () => {
    const call = () => rig.call("run", "--stdin", "in.txt", "--", "tool", "--stdin").stdout;
    expect([call(), call()]).toEqual(["one\n", "one\n"]);
    writeFileSync(rig.at("in.txt"), "two\n");
    expect(call()).toBe("two\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("is ours with --stdin -, in the key by its content", async () => {
    const call = (input: string) => rig.callWith({ input }, "run", "--stdin", "-", "--", "tool", "--stdin").stdout;
    expect([call("a\n"), call("a\n"), call("b\n")]).toEqual(["a\n", "a\n", "b\n"]);
    expect(await rig.tool.count()).toBe(2);
  });

  test("that nobody asked for gets one hint, while the command runs", () => {
    const shell = (words: string) => rig.shell(`printf typed | runcache run ${words} -- tool --cat in.txt`);
    expect(shell("").stderr).toContain("--stdin -");
    expect(shell("").stderr).toBe("");
    expect(shell("--stdin -").stderr).toBe("");
  });
});

describe("what cannot be cached", () => {
  test("is a command without any input, unless --no-inputs says that it reads none", async () => {
    const call = (...flags: string[]) => rig.call("run", ...flags, "--", "tool", "--print", "said");
    expect(call()).toMatchObject({ code: 0, stdout: "said\n" });
    expect(call().stderr).toContain("--no-inputs");
    expect(await rig.tool.count()).toBe(2);
    call("--no-inputs");
    expect(call("--no-inputs")).toMatchObject({ code: 0, stdout: "said\n", stderr: "" });
    expect(await rig.tool.count()).toBe(3);
    expect(call("--require-cache")).toMatchObject({ code: 125, stdout: "" });
    expect(await rig.tool.count()).toBe(3);
  });

  test("is a run that changed an inferred input, and the hint names the flag", async () => {
    const call = (...flags: string[]) => rig.call("run", ...flags, "--", "tool", "--append", "in.txt", "more");
    const ended = call();
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain("--out in.txt");
    expect(read("in.txt")).toBe("one\nmore\n");
    expect(call("--require-cache").code).toBe(125);
    expect(await rig.tool.count()).toBe(2);
  });

  test("is a run that did not write its output", async () => {
    const call = () => rig.call("run", "--out", "out.txt", "--", "tool", "--cat", "in.txt");
    expect(call()).toMatchObject({ code: 0, stdout: "one\n" });
    expect(call().stderr).toContain("did not write out.txt");
    writeFileSync(rig.at("out.txt"), "from before");
    expect(call().stderr).toContain("did not write out.txt");
    expect(read("out.txt")).toBe("from before");
    expect(await rig.tool.count()).toBe(3);
    const outside = rig.call("run", "--out", "../nowhere", "--", "tool", "--cat", "in.txt");
    expect(outside.stderr).toContain("did not write ../nowhere\n");
  });

  test("is an input that is an output", () => {
    const ended = rig.call("run", "--in", "in.txt", "--out", "in.txt", "--", "tool", "--append", "in.txt", "x");
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain("in.txt is an input and an output");
  });

  test("is an argument that is a pipe", async () => {
    await makeTree(rig.work, { pipe: { kind: "fifo" } });
    const ended = rig.call("run", "--", "tool", "--cat", "in.txt", "--print", "pipe");
    expect(ended).toMatchObject({ code: 0, stdout: "one\npipe\n" });
    expect(ended.stderr).toContain("names a pipe or a device");
  });

  describe("is an argument that names a directory of which nobody said what it is for", () => {
    beforeEach(async () => {
      await makeTree(rig.work, { data: { a: "1\n", deep: { b: "2\n" } } });
    });

    test.each([
      ["as a word of its own", "data", "say --in data if the command reads there, --out data if it only writes there"],
      ["after an equals sign", "--dir=data/", "--in data/"],
      ["glued to an option", "-Idata", "--in data"],
      ["that is the working directory", ".", "what the command reads with --in PATH"],
      ["that holds the working directory", "..", "what the command reads with --in PATH"],
    ])("%s", async (_, word, hint) => {
      const call = (...flags: string[]) =>
        rig.call("run", ...flags, "--", "tool", "--cat", "in.txt", "--cat", "data/a", "--print", word);
      const ended = call();
      expect(ended).toMatchObject({ code: 0, stdout: `one\n1\n${word}\n` });
      expect(ended.stderr).toContain("not cached: an argument names the directory");
      expect(ended.stderr).toContain(hint);
      call();
      expect(await rig.tool.count()).toBe(2);
      expect(call("--require-cache")).toMatchObject({ code: 125, stdout: "" });
    });

    test.each([
      ["what it holds is said to be read", "data", ["--in", "data/deep"]],
      ["what it holds is said to be written", ".", ["--out", "data/out"]],
      ["it lies in an input", "data/deep", ["--in", "data"]],
      ["only --in says what is read", "data", ["--no-infer", "--in", "in.txt"]],
      ["nothing is read", "data", ["--no-inputs"]],
      ["it separates fields", "-F/", []],
      ["it separates fields at dots", "-d.", []],
    ])("unless %s", async (_, word, flags) => {
      const words = [
        "--cat",
        "in.txt",
        "--print",
        word,
        ...(flags.includes("--out") ? ["--write", "data/out", "x"] : []),
      ];
      const call = () => rig.call("run", ...flags, "--", "tool", ...words);
      expect(call()).toMatchObject({ code: 0, stderr: "" });
      expect(call()).toMatchObject({ code: 0, stderr: "" });
      expect(await rig.tool.count()).toBe(1);
    });
  });

  test("with --strict is a run that wrote what nobody declared", async () => {
    const words = ["--", "tool", "--copy", "in.txt", "out.txt", "--write", "log.txt", "x"];
    const strict = rig.call("run", "--strict", "--out", "out.txt", ...words);
    expect(strict.code).toBe(125);
    expect(strict.stderr).toContain("log.txt");
    expect(rig.call("run", "--strict", "--out", "out.txt", "--out", "log.txt", ...words)).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(rig.call("run", "--strict", "--out", "out.txt", "--out", "log.txt", ...words)).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect(await rig.tool.count()).toBe(2);
  });

  test("is nothing at all with RUNCACHE=off; with read-only hits are served and nothing is kept", async () => {
    const call = (mode: string) => rig.callWith({ env: { RUNCACHE: mode } }, "run", "--", "tool", "--cat", "in.txt");
    expect(call("off")).toMatchObject({ code: 0, stdout: "one\n", stderr: "" });
    expect(call("on")).toMatchObject({ code: 0, stdout: "one\n", stderr: "" });
    expect(call("read-only")).toMatchObject({ code: 0, stdout: "one\n", stderr: "" });
    expect(await rig.tool.count()).toBe(2);
    writeFileSync(rig.at("in.txt"), "two\n");
    expect(call("read-only")).toMatchObject({ code: 0, stdout: "two\n", stderr: "" });
    expect(call("read-only")).toMatchObject({ code: 0, stdout: "two\n", stderr: "" });
    expect(await rig.tool.count()).toBe(4);
    expect(call("refresh").stdout).toBe("two\n");
    expect(call("refresh").stdout).toBe("two\n");
    expect(await rig.tool.count()).toBe(6);
  });

  test("runs all the same where the cache cannot be used, with one warning", () => {
    writeFileSync(rig.temp.join("file"), "");
    const call = (...flags: string[]) =>
      rig.call("run", "--cache", rig.temp.join("file"), ...flags, "--", "tool", "--cat", "in.txt");
    const ended = call();
    expect(ended).toMatchObject({ code: 0, stdout: "one\n" });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(call("--require-cache").code).toBe(125);
  });
});

describe("-v", () => {
  test("says hit or miss, and why", () => {
    const call = () => rig.call("run", "-v", "--", "tool", "--cat", "in.txt").stderr;
    expect(call()).toContain("first run of command/tool");
    expect(call()).toMatch(/runcache: hit [0-9a-f]{12}: saved/);
    writeFileSync(rig.at("in.txt"), "two\n");
    expect(call()).toContain("input in.txt changed");
  });
});
