import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeCliRig, type CliRig } from "./rig.js";

let rig: CliRig;

beforeEach(async () => {
  rig = await makeCliRig({ "in.txt": "one\n" });
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

interface Shown {
  readonly value: unknown;
  readonly sources: readonly { readonly kind: string }[];
}

function settings(env: Record<string, string | undefined> = {}, cwd = ".", ...flags: string[]) {
  const { stdout, stderr, code } = rig.callWith({ env, cwd }, "config", "--json", ...flags);
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  return JSON.parse(stdout) as Record<string, Shown>;
}

const writeConfig = (name: string, value: unknown) => writeFileSync(rig.at(name), JSON.stringify(value));

describe("settings", () => {
  test("come from defaults, then the file found upwards, then the environment, then flags", () => {
    const own = { RUNCACHE_DIR: undefined };
    expect(settings(own)["cacheDir"]).toMatchObject({ sources: [{ kind: "default" }] });
    writeConfig("runcache.config.json", { cacheDir: "cache-of-file", verify: "digest" });
    mkdirSync(rig.at("deep/er"), { recursive: true });
    expect(settings(own, "deep/er")["cacheDir"]).toMatchObject({
      value: rig.at("cache-of-file"),
      sources: [{ kind: "file", path: rig.at("runcache.config.json") }],
    });
    expect(settings({ RUNCACHE_VERIFY: "stat" })["verify"]).toMatchObject({
      value: "stat",
      sources: [{ kind: "environment", name: "RUNCACHE_VERIFY" }],
    });
    expect(settings({}, ".", "--cache", "cache-of-flag")["cacheDir"]).toMatchObject({
      value: rig.at("cache-of-flag"),
      sources: [{ kind: "flag", name: "--cache" }],
    });
  });

  test("that are names of variables add up, so that none is forgotten", async () => {
    writeConfig("runcache.config.json", { env: ["A", "B"] });
    const { env } = settings({ RUNCACHE_ENV: "B,C" });
    expect(env).toMatchObject({ value: ["A", "B", "C"], sources: [{ kind: "file" }, { kind: "environment" }] });
    const call = (value: string) =>
      rig.callWith({ env: { A: value } }, "run", "--env", "D", "--", "tool", "--cat", "in.txt");
    call("1");
    call("2");
    expect(await rig.tool.count()).toBe(2);
  });

  test("that are strict make what cannot be kept a failure, wherever that was said", () => {
    const strict = { value: true, sources: [{ kind: "environment", name: "RUNCACHE_STRICT" }] };
    expect(settings({ RUNCACHE_STRICT: "true" })).toMatchObject({ strict, requireCache: strict });
    const words = ["run", "--", "tool", "--cat", "in.txt", "--write", "other.txt", "x"];
    expect(rig.callWith({ env: { RUNCACHE_STRICT: "true" } }, ...words).code).toBe(125);
    writeConfig("runcache.config.json", { strict: true });
    expect(rig.call(...words).code).toBe(125);
  });

  test("apply to runs", async () => {
    writeConfig("runcache.config.json", { requireCache: true });
    expect(rig.call("run", "--", "tool").code).toBe(125);
    expect(await rig.tool.count()).toBe(0);
  });

  test.each([
    ["an unknown setting", { cachedir: "x" }, 'did you mean "cacheDir"?'],
    ["a value that it cannot have", { verify: "sometimes" }, "it is one of stat, digest"],
    ["no object", [1], "holds no settings"],
  ])("are refused where the file has %s", (_, value, message) => {
    writeConfig("runcache.config.json", value);
    const ended = rig.call("config");
    expect(ended.code).toBe(125);
    expect(ended.stderr).toContain(message);
    expect(ended.stderr).toContain("runcache.config.json");
  });

  test("are refused where the environment has a value that they cannot have", () => {
    expect(rig.callWith({ env: { RUNCACHE_MAX_SIZE: "much" } }, "config").stderr).toContain(
      "RUNCACHE_MAX_SIZE cannot be",
    );
    expect(rig.callWith({ env: { RUNCACHE: "of" } }, "run", "--", "tool").code).toBe(125);
  });

  test("may be TypeScript, where Node runs it, and else the error says what to do", () => {
    writeFileSync(rig.at("runcache.config.ts"), "const verify: string = 'digest';\nexport default { verify };\n");
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const { stdout, stderr } = rig.call("config", "--json");
    if (major > 22 || (major === 22 && minor >= 18))
      expect(JSON.parse(stdout)).toMatchObject({ verify: { value: "digest" } });
    else {
      expect(stderr).toContain("write the settings into runcache.config.json");
      expect(rig.call("config", "--json").stderr).toBe(stderr); // by the code that the first start compiled
    }
    writeConfig("runcache.config.json", {});
    expect(rig.call("config").stderr).toContain("keep one of them");
  });

  test("are shown as a table for people", () => {
    const { stdout } = rig.callWith({ env: { RUNCACHE_MAX_SIZE: "50G" } }, "config");
    expect(stdout).toMatch(/^SETTING +VALUE +VARIABLE +FROM$/m);
    expect(stdout).toMatch(/^maxSize +50\.0 GiB +RUNCACHE_MAX_SIZE +RUNCACHE_MAX_SIZE$/m);
  });
});
