import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LocalRunner, type LocalRunnerOptions } from "./local-runner.js";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-backend-"));
  writeProgram("1");
  vi.stubEnv("PATH", `${dir}:${process.env["PATH"] ?? ""}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

function writeProgram(version: string): void {
  writeFileSync(join(dir, "the-tool"), `#!/bin/sh\n# ${version}\n`);
  chmodSync(join(dir, "the-tool"), 0o755);
}

function start(options: LocalRunnerOptions = {}, name = "the-tool") {
  return new LocalRunner(options).startExecution({ id: "1", name, package: "test" });
}

const DIGEST = expect.stringMatching(/^b3:[0-9a-f]{64}$/) as string;

describe("what of a local run enters the key", () => {
  it("is the digest of the executable that the tool's name means", () => {
    const before = start().fingerprint();
    expect(before).toEqual({ tool: DIGEST });
    writeProgram("2");
    expect(start().fingerprint()).not.toEqual(before);
  });

  it.each(["no-such-program", "a/b"])("is nothing of a tool called %s, which is no program", (name) => {
    expect(start({}, name).fingerprint()).toEqual({});
  });

  it("is the explicit environment, whose values do not stand in it", () => {
    const environ = { PATH: dir, SECRET: "hunter2" };
    const fingerprint = start({ environ }).fingerprint();
    expect(fingerprint).toEqual({ environ: { PATH: DIGEST, SECRET: DIGEST }, tool: DIGEST });
    expect(JSON.stringify(fingerprint)).not.toContain("hunter2");
    expect(start({ environ: { ...environ, SECRET: "hunter3" } }).fingerprint()).not.toEqual(fingerprint);
    expect(start({ environ: { PATH: dir } }).fingerprint()).not.toEqual(fingerprint);
  });

  it("is the content of the toolchain, wherever its files lie", () => {
    const [first, second] = [join(dir, "first.lock"), join(dir, "second.lock")];
    for (const path of [first, second]) writeFileSync(path, "modules");
    const fingerprint = start({ toolchain: { files: [first], text: "fsl/6.0" } }).fingerprint();
    expect(fingerprint).toEqual({ tool: DIGEST, toolchain: { files: [DIGEST], text: DIGEST } });
    expect(start({ toolchain: { files: [second], text: "fsl/6.0" } }).fingerprint()).toEqual(fingerprint);
    expect(start({ toolchain: { files: [first], text: "fsl/6.1" } }).fingerprint()).not.toEqual(fingerprint);
    writeFileSync(first, "other modules");
    expect(start({ toolchain: { files: [first], text: "fsl/6.0" } }).fingerprint()).not.toEqual(fingerprint);
  });

  it("says which file of the toolchain is missing", () => {
    const execution = start({ toolchain: { files: [join(dir, "missing")] } });
    expect(() => execution.fingerprint()).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_INPUT_MISSING" }));
  });

  it("is the locale and the time zone, unless the environment is explicit", () => {
    vi.stubEnv("LC_NUMERIC", "C");
    const names = start().envNames();
    expect(names).toEqual(expect.arrayContaining(["LANG", "TZ", "LC_NUMERIC"]));
    expect(names.every((name) => name === "LANG" || name === "TZ" || name.startsWith("LC_"))).toBe(true);
    expect(start({ environ: {} }).envNames()).toEqual([]);
  });

  it("has no image, whatever the metadata says", () => {
    const metadata = { id: "1", name: "t", package: "test", container_image_tag: "demo/t:1" };
    expect(new LocalRunner().startExecution(metadata).image()).toBeNull();
  });
});

describe("the guards of a local run", () => {
  it("are the digest of the program of the command line", () => {
    const before = start().guards(["the-tool", "-x"]);
    expect(before).toEqual({ executable: DIGEST });
    expect(start().guards([join(dir, "the-tool")])).toEqual(before);
    writeProgram("2");
    expect(start().guards(["the-tool", "-x"])).not.toEqual(before);
  });

  it("see a program that was replaced between two looks", () => {
    const execution = start();
    execution.fingerprint();
    const before = execution.guards(["the-tool"]);
    writeProgram("2");
    expect(execution.guards(["the-tool"])).not.toEqual(before);
  });

  it("say of a program that is not there that it is not", () => {
    expect(start().guards(["no-such-program"])).toEqual({ executable: null });
  });

  it("find the program on the PATH that the tool will have", () => {
    expect(start({ environ: { PATH: "/nonexistent" } }).guards(["the-tool"])).toEqual({ executable: null });
  });
});

describe("LocalRunner", () => {
  it("refuses an option that it does not know", () => {
    expect(() => new LocalRunner({ enviorn: {} } as LocalRunnerOptions)).toThrow(/did you mean environ\?/);
  });

  it("gives the copy of an input called like an option a path that is none", () => {
    writeFileSync(join(dir, "-x.txt"), "");
    expect(start().inputFile(join(dir, "-x.txt"), false, true)).toBe("./-x.txt");
  });
});
