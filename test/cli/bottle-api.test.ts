import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { CachingRunner, openCache } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "b\na\n", data: { "brain.hdr": "head\n", "brain.img": "image\n" } });
});

afterEach(() => rig[Symbol.asyncDispose]());

const makeRunner = (): CachingRunner =>
  new CachingRunner({ base: new LocalRunner({ environ: { PATH: rig.env["PATH"] ?? "" } }), cacheDir: rig.cacheDir });

/** Bottles the only entry and runs its script, where nothing of the first run is left. */
function runBottle(): string {
  const [{ key } = { key: "none" }] = JSON.parse(rig.call("ls", "--json").stdout) as { key: string }[];
  const file = rig.temp.join("b.tar.gz");
  const made = rig.call("bottle", key, "-o", file, "--in", "in.txt", "--in", "data/brain");
  expect(made).toMatchObject({ code: 0, stderr: "" });
  const dir = rig.temp.join("unpacked");
  mkdirSync(dir);
  expect(spawnSync("tar", ["xzf", file, "-C", dir, "--strip-components=1"]).status).toBe(0);
  rmSync(rig.work, { recursive: true });
  rmSync(rig.cacheDir, { recursive: true });
  mkdirSync(rig.work);
  const { status, stderr } = spawnSync("sh", [path.join(dir, "run.sh")], { env: rig.env, encoding: "utf8" });
  // The tools had an environment of their own, of which the key holds digests alone.
  expect(stderr).toMatch(/^note: the run had a PATH [^\n]*\nthe same: outputs, standard output and exit code\n$/);
  expect(status).toBe(0);
  return readFileSync(path.join(dir, "entries", key, "run.sh"), "utf8");
}

describe("a bottle of a call from a program", () => {
  test("runs again with inputs as parts of arguments, and on standard input", async () => {
    const input = rig.at("in.txt");
    await makeRunner().exec(
      { id: "1", name: "tool" },
      (io) => ["tool", `--cat=${io.input(input)}`, "--stdin", "--copy", io.input(input), io.output("out.txt")],
      { stdin: input },
    );
    expect(runBottle()).not.toContain(rig.temp.path);
    expect(await rig.tool.count()).toBe(2);
  });

  test("runs again with a copy that the tool changes, and with files that lie beside one another", async () => {
    const execution = makeRunner().startExecution({ id: "1", name: "tool", package: "demo" });
    execution.params({});
    const copy = execution.inputFile(rig.at("in.txt"), false, true);
    const image = execution.inputFile(rig.at("data/brain"), true);
    execution.outputFile(".");
    execution.run(["tool", "--append", copy, "more", "--copy", `${image}.hdr`, "head.txt"]);
    expect(await rig.tool.count()).toBe(1);
    runBottle();
    expect(await rig.tool.count()).toBe(2);
  });

  test("says so where it was a function", async () => {
    const cache = openCache(rig.cacheDir, { create: true });
    await cache.compute({ tool: { id: "1", package: "demo", name: "f" }, params: { n: 1 } }, () => 1);
    const [{ key } = { key: "none" }] = JSON.parse(rig.call("ls", "--json").stdout) as { key: string }[];
    const made = rig.call("bottle", key, "-o", "b.tar.gz", "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({ entries: [{ runnable: false }] });
    expect(made.stderr).toContain("nothing says how to run");
    expect(rig.call("unbottle", "b.tar.gz", "--dir", "out").code).toBe(0);
    expect(rig.shell("sh out/run.sh")).toMatchObject({ code: 2 });
    expect(rig.call("unbottle", "b.tar.gz", "--cache", rig.temp.join("other")).code).toBe(0);
  });
});
