// What a run writes where its arguments say, and no --out, would be lost on a hit.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n", results: { "old.txt": "old\n" } });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const read = (name: string) => readFileSync(rig.at(name), "utf8");
/** Runs the counting tool, which reads in.txt. */
const call = (flags: readonly string[], ...words: string[]) =>
  rig.call("run", ...flags, "--", "tool", "--print", "said", "--cat", "in.txt", ...words);

describe("a path that an argument names and no --out", () => {
  test.each([
    ["a word of its own", ["--copy", "in.txt", "out.txt"], "--out out.txt"],
    ["the value of an option", ["--mkdir=new"], "--out new"],
    ["what is written through a link", ["--append", "link", "x"], "--out link"],
    ["in a directory", ["--copy", "in.txt", "./results/out.txt"], "--out ./results/out.txt"],
    ["several", ["--copy", "in.txt", "b.txt", "--copy", "in.txt", "a b.txt"], "--out 'a b.txt' --out b.txt"],
  ])("is told with the flag that is missing, and the result is delivered and not kept: %s", async (_, words, hint) => {
    writeFileSync(rig.at("target"), "");
    symlinkSync("target", rig.at("link"));
    const flags = ["--no-infer", "--in", "in.txt"];
    const ended = call(flags, ...words);
    expect(ended).toMatchObject({ code: 0, stdout: "said\none\n" });
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(hint);
    call(flags, ...words);
    expect(await rig.tool.count()).toBe(2);
  });

  test("is written by every run until --out names it, and put back from then on", async () => {
    const words = ["--copy", "in.txt", "out.txt"];
    call([], ...words);
    for (let times = 2; times <= 3; times++) {
      rmSync(rig.at("out.txt"));
      expect(call([], ...words).stderr).toContain("--out out.txt");
      expect(read("out.txt")).toBe("one\n");
      expect(await rig.tool.count()).toBe(times);
    }
    call(["--out", "out.txt"], ...words);
    rmSync(rig.at("out.txt"));
    expect(call(["--out", "out.txt"], ...words)).toMatchObject({ code: 0, stdout: "said\none\n", stderr: "" });
    expect(read("out.txt")).toBe("one\n");
    expect(await rig.tool.count()).toBe(4);
  });

  test("is told too where it was there before and gets the same content again", async () => {
    writeFileSync(rig.at("out.txt"), "one\n");
    for (const times of [1, 2]) {
      expect(call([], "--copy", "in.txt", "out.txt").stderr).toContain(
        "if the command only writes it, add --out out.txt",
      );
      expect(await rig.tool.count()).toBe(times);
    }
  });

  test("is a failure with --require-cache", () => {
    const ended = call(["--require-cache"], "--copy", "in.txt", "out.txt");
    expect(ended).toMatchObject({ code: 125, stdout: "said\none\n" });
    expect(ended.stderr).toContain("--out out.txt");
    expect(read("out.txt")).toBe("one\n");
  });

  test("is told beside another --out", () => {
    const words = ["--copy", "in.txt", "a.txt", "--copy", "in.txt", "b.txt"];
    expect(call(["--out", "a.txt"], ...words).stderr).toContain("add --out b.txt");
  });

  test("is found in the words of a script", async () => {
    const script = () => rig.call("run", "--in", "in.txt", "--", "sh", "-c", "tool --cat in.txt >out.txt");
    expect(script().stderr).toContain("--out out.txt");
    expect(script().code).toBe(0);
    expect(await rig.tool.count()).toBe(2);
  });

  test("is found in a directory that an argument names, where there is no --out at all", async () => {
    const words = ["--print", "results", "--write", "results/deep.txt", "x"];
    const script = (flags: string) =>
      rig.shell(`runcache run ${flags} -- sh -c 'tool --print-error "$1"; echo x >"$2$3"' sh in.txt results /new.txt`);
    expect(script("--in results/old.txt").stderr).toContain("--out results/new.txt");
    expect(script("--out results/new.txt").stderr).toBe("in.txt\n");
    expect(call(["--in", "results/old.txt"], ...words).stderr).toContain("--out results/deep.txt");
  });

  test("is found where the tool makes the name of its output of that of its input", async () => {
    const script = (flags: string) =>
      rig.shell(`runcache run ${flags} -- sh -c 'tool --copy "$1" "$1$2"' sh in.txt .gz`);
    expect(script("").stderr).toContain("add --out in.txt.gz");
    rmSync(rig.at("in.txt.gz"));
    script("--out in.txt.gz");
    rmSync(rig.at("in.txt.gz"));
    expect(script("--out in.txt.gz")).toMatchObject({ code: 0, stderr: "" });
    expect(read("in.txt.gz")).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("that is gone afterwards is no cached result either", () => {
    const ended = rig.shell(`runcache run --require-cache -- sh -c 'cat "$1"; rm "$1"' sh in.txt`);
    expect(ended).toMatchObject({ code: 125, stdout: "one\n" });
    expect(ended.stderr).toContain("the run deleted in.txt");
  });
});

describe("a directory that the run makes on the way to its output", () => {
  const fresh = (flags: string, script = "") => {
    rmSync(rig.at("res"), { recursive: true, force: true });
    const tool = `mkdir -p "$1/deep"; tool --copy "$2" "$1/deep/x.txt"; ${script}`;
    return rig.shell(`runcache run --out res/deep/x.txt ${flags} -- sh -c '${tool}' sh res in.txt`);
  };

  test.each(["", "--strict"])("is made by a hit, too %s", async (flags) => {
    expect(fresh(flags)).toMatchObject({ code: 0, stderr: "" });
    expect(fresh(flags)).toMatchObject({ code: 0, stderr: "" });
    expect(read("res/deep/x.txt")).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
  });

  test.each([
    ["a file", "echo >$1/log", "res/log"],
    ["an empty directory", "mkdir $1/deep/er", "res/deep/er"],
  ])("may hold nothing else: %s", async (_, script, path) => {
    expect(fresh("", script).stderr).toContain(`the run wrote ${path}, which no --out names`);
    fresh("", script);
    expect(await rig.tool.count()).toBe(2);
    expect(fresh("--strict", script).code).toBe(125);
    expect(fresh(`--out ${path}`, script)).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a command that only prints is kept", () => {
  test.each([
    [
      "with arguments that name directories",
      ["--no-inputs"],
      ["--print", ".", "--print", "results", "--print", "/tmp"],
    ],
    ["with arguments that name devices", [], ["--append", "/dev/null", "x"]],
    ["with an argument as long as no path can be", [], ["--print", "x".repeat(70_000)]],
  ])("%s", async (_, flags, words) => {
    expect(call(flags, ...words)).toMatchObject({ code: 0, stderr: "" });
    expect(call(flags, ...words)).toMatchObject({ code: 0, stderr: "" });
    expect(await rig.tool.count()).toBe(1);
  });

  test("where the shell writes what it prints beside its input, or into a directory that it names", async () => {
    for (const redirection of ["> in.txt.out", "> results/out.txt", "| tee in.txt.copy", "2> results/log"]) {
      rig.shell(`runcache run --in results/old.txt -- tool --cat in.txt --print results ${redirection}`);
    }
    expect(await rig.tool.count()).toBe(1);
  });

  test("where what it wrote is gone again", async () => {
    const script = () => rig.shell(`runcache run -- sh -c 'tool --copy "$1" tmp; cat tmp; rm tmp' sh in.txt`);
    expect(script()).toEqual(script());
    expect(await rig.tool.count()).toBe(1);
  });

  test("beside others that write into a directory that it names, where it names its outputs", async () => {
    mkdirSync(rig.at("lib"));
    const script = () =>
      rig.shell(
        `runcache run --no-inputs --out o -- sh -c 'tool --copy "$1" o; echo x >"$3$4"' sh in.txt -Llib lib /other`,
      );
    expect(script()).toMatchObject({ code: 0, stderr: "" });
    expect(script()).toMatchObject({ code: 0, stderr: "" });
    expect(await rig.tool.count()).toBe(1);
  });
});
