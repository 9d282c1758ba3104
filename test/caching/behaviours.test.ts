// The behaviours of the Python original, styxcache, each as a test.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Worker } from "node:worker_threads";
import {
  bypass,
  enabled,
  isBypassed,
  ToolError,
  type CacheableExecution,
  type Execution,
  type Metadata,
  type Runner,
} from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeTree } from "../kit/make-tree.js";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rig[Symbol.asyncDispose]();
});

const input = (name: string): string => rig.temp.join("data", name);

describe("what hits and what misses", () => {
  test("a second call hits: the tool does not run again and the outputs are the same paths", async () => {
    const first = rig.call(rig.runner());
    const second = rig.call(rig.runner());
    expect(second).toEqual(first);
    expect(readFileSync(second.outputs[0] ?? "", "utf8")).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
    expect(rig.events.map(({ type }) => type)).toEqual(["miss", "stored", "hit"]);
  });

  test("changed content misses", async () => {
    const before = rig.call(rig.runner());
    writeFileSync(input("in.txt"), "two\n");
    const after = rig.call(rig.runner());
    expect(readFileSync(after.outputs[0] ?? "", "utf8")).toBe("two\n");
    expect(readFileSync(before.outputs[0] ?? "", "utf8")).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ explanation: "input in.txt changed" });
  });

  test("changed parameters miss, and the miss names the difference", async () => {
    const runner = rig.runner();
    rig.call(runner, { params: { fractional_intensity: 0.5 } });
    rig.call(runner, { params: { fractional_intensity: 0.4 } });
    rig.call(runner, { params: { fractional_intensity: 0.5 } });
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({
      reason: "absent",
      explanation: "params.fractional_intensity 0.5 → 0.4",
    });
  });

  test("the same content under another directory hits", async () => {
    await makeTree(rig.temp.join("elsewhere"), { "in.txt": "one\n" });
    const runner = rig.runner();
    rig.call(runner, { params: { in_file: input("in.txt") } });
    const moved = rig.temp.join("elsewhere/in.txt");
    rig.call(runner, { inputs: [moved], params: { in_file: moved } });
    expect(await rig.tool.count()).toBe(1);
  });

  test("the same content under another basename misses, unless names are ignored", async () => {
    writeFileSync(input("other.txt"), "one\n");
    const runner = rig.runner();
    rig.call(runner);
    rig.call(runner, { inputs: [input("other.txt")] });
    expect(await rig.tool.count()).toBe(2);
    const nameless = rig.runner({ policy: { inputNames: "ignore" } });
    rig.call(nameless);
    rig.call(nameless, { inputs: [input("other.txt")] });
    expect(await rig.tool.count()).toBe(3);
  });

  test("ignored names still tell siblings apart, and the copies of mutable inputs", async () => {
    await makeTree(rig.temp.join("data"), { "a.txt": "a\n", "b.txt": "b\n", sub: { "a.txt": "b\n" } });
    const runner = rig.runner({ policy: { inputNames: "ignore" } });
    const sibling = async (name: string): Promise<string> => {
      const found = await runner.exec(METADATA, (io) => [
        rig.tool.path,
        "--cat",
        io.input(input(name), { resolveParent: true }),
      ]);
      return found.stdout();
    };
    expect([await sibling("a.txt"), await sibling("b.txt")]).toEqual(["a\n", "b\n"]);
    const copy = (name: string): string => {
      const execution = runner.startExecution(METADATA);
      const file = execution.inputFile(input(name), false, true);
      const announced = execution.mutableCopy?.(input(name)) ?? "";
      execution.run([rig.tool.path, "--cat", file]);
      return readFileSync(announced, "utf8");
    };
    expect([copy("b.txt"), copy("sub/a.txt")]).toEqual(["b\n", "b\n"]);
  });

  test("inputs nested in lists of objects count by content, not by where they lie", async () => {
    await makeTree(rig.temp.join("elsewhere"), { "in.txt": "one\n" });
    const nested = (file: string): object => ({ stages: [{ files: [{ image: file, weight: 1 }] }] });
    const runner = rig.runner();
    rig.call(runner, { params: nested(input("in.txt")) });
    const moved = rig.temp.join("elsewhere/in.txt");
    rig.call(runner, { inputs: [moved], params: nested(moved) });
    expect(await rig.tool.count()).toBe(1);
    writeFileSync(moved, "two\n");
    rig.call(runner, { inputs: [moved], params: nested(moved) });
    expect(await rig.tool.count()).toBe(2);
  });

  test("another id of the wrapper misses", async () => {
    const runner = rig.runner();
    rig.call(runner);
    rig.call(runner, { metadata: { ...METADATA, id: "wrapper-2" } });
    expect(await rig.tool.count()).toBe(2);
  });

  test("an allowlisted environment variable is in the key, another one is not", async () => {
    const runner = rig.runner({ policy: { envAllowlist: ["OMP_NUM_THREADS"] } });
    rig.call(runner);
    vi.stubEnv("OMP_NUM_THREADS", "4");
    vi.stubEnv("SOMETHING_ELSE", "4");
    rig.call(runner);
    rig.call(runner);
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ explanation: "env OMP_NUM_THREADS set" });
  });

  test("resolveParent hashes the whole parent directory, so that a new sibling misses", async () => {
    const call = (): void => {
      const execution = rig.runner().startExecution(METADATA);
      const prefix = execution.inputFile(input("in"), true); // a prefix, no file
      execution.outputFile("out.txt");
      execution.run([rig.tool.path, "--copy", `${prefix}.txt`, "out.txt"]);
    };
    call();
    call();
    expect(await rig.tool.count()).toBe(1);
    writeFileSync(input("in.json"), "{}");
    call();
    expect(await rig.tool.count()).toBe(2);
  });
});

describe("what is on disk", () => {
  test("returned paths lie in the cache", () => {
    const { root, outputs } = rig.call(rig.runner());
    const key = rig.of("stored")[0]?.key ?? "";
    expect(root).toBe(path.join(rig.cacheDir, key.slice(0, 2), key));
    expect(outputs).toEqual([path.join(root, "out.txt")]);
  });

  test("a failed run leaves no entry and no staging, and throws the tool's own end", async () => {
    const failing = { args: () => ["--print-error", "no such voxel", "--exit", "3"] };
    for (const attempt of [1, 2]) {
      expect(() => rig.call(rig.runner(), failing)).toThrow(ToolError);
      expect(await rig.tool.count()).toBe(attempt);
    }
    expect(readdirSync(path.join(rig.cacheDir, ".incoming"))).toEqual([]);
    expect(shards()).toEqual([]);
  });

  test("a hit bumps the mtime of the entry", () => {
    const { root } = rig.call(rig.runner());
    utimesSync(root, new Date(2001, 1), new Date(2001, 1));
    rig.call(rig.runner());
    expect(statSync(root).mtime.getFullYear()).toBeGreaterThan(2001);
  });

  test("hits leave no run directories behind", () => {
    rig.call(rig.runner());
    rig.call(rig.runner());
    expect(existsSync(rig.temp.join("runs")) ? readdirSync(rig.temp.join("runs")) : []).toEqual([]);
  });

  const shards = (): string[] => readdirSync(rig.cacheDir).filter((name) => /^[0-9a-f]{2}$/.test(name));
});

describe("streams", () => {
  test("both are replayed to the handlers, in order, empty lines kept", async () => {
    const speak = {
      args: () => ["--print", "a", "--print", "", "--print", "b", "--print-error", "e", "--raw", "no end"],
    };
    const heard = [0, 1].map(() => {
      const lines: string[] = [];
      rig.call(rig.runner(), {
        ...speak,
        onStdout: (line) => void lines.push(`out ${line}`),
        onStderr: (line) => void lines.push(`err ${line}`),
      });
      return lines;
    });
    // A line that no line feed ended is known to be whole only at the end of the streams.
    expect(heard[0]).toEqual(["out a", "out ", "out b", "err e", "out no end"]);
    expect(heard[1]).toEqual(heard[0]);
    expect(await rig.tool.count()).toBe(1);
  });
});

describe("the streams of a tool that fails", () => {
  test.each(["run", "runAsync"] as const)("reach the handlers to the last, unfinished line, by %s", async (form) => {
    const fail = async (runner: Runner): Promise<string[]> => {
      const lines: string[] = [];
      const execution = runner.startExecution(METADATA) as Partial<CacheableExecution> & Execution;
      const cargs = [rig.tool.path, "--print", "first", "--raw", "unfinished", "--exit", "2"];
      const onStdout = (line: string): void => void lines.push(line);
      const run = async (): Promise<unknown> =>
        form === "run" ? execution.run(cargs, onStdout) : execution.runAsync?.(cargs, { onStdout });
      await expect(run()).rejects.toBeInstanceOf(ToolError);
      return lines;
    };
    expect(await fail(rig.runner())).toEqual(["first", "unfinished"]);
    expect(await fail(new LocalRunner({ dataDir: rig.temp.join("runs") }))).toEqual(["first", "unfinished"]);
  });
});

describe("mutable inputs", () => {
  const mutate = (file: string): string => {
    const execution = rig.runner().startExecution(METADATA);
    const name = execution.inputFile(file, { mutable: true });
    execution.outputFile(".");
    const copy = execution.mutableCopy?.(file) ?? "";
    execution.run([rig.tool.path, "--append", name, "more"]);
    return copy;
  };

  test("the copy is replayed from the entry, and another content of its source misses", async () => {
    const file = input("in.txt");
    expect(readFileSync(mutate(file), "utf8")).toBe("one\nmore\n");
    expect(readFileSync(mutate(file), "utf8")).toBe("one\nmore\n");
    expect(readFileSync(file, "utf8")).toBe("one\n");
    expect(await rig.tool.count()).toBe(1);
    writeFileSync(file, "two\n");
    expect(readFileSync(mutate(file), "utf8")).toBe("two\nmore\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("resolveParent means nothing for a copy: a new sibling of its source hits", async () => {
    const call = (): void => {
      const execution = rig.runner().startExecution(METADATA);
      execution.inputFile(input("in.txt"), { mutable: true, resolveParent: true });
      execution.run([rig.tool.path]);
    };
    call();
    writeFileSync(input("sibling.txt"), "new\n");
    call();
    expect(await rig.tool.count()).toBe(1);
  });

  test("two of the same basename stay apart", () => {
    writeFileSync(path.join(rig.temp.path, "in.txt"), "outer\n");
    const files = [input("in.txt"), rig.temp.join("in.txt")];
    const execution = rig.runner().startExecution(METADATA);
    const names = files.map((file) => execution.inputFile(file, false, true));
    const copies = files.map((file) => execution.mutableCopy?.(file) ?? "");
    execution.run([rig.tool.path, ...names.flatMap((name) => ["--append", name, "more"])]);
    expect(copies.map((copy) => [path.basename(copy), readFileSync(copy, "utf8")])).toEqual([
      ["in.txt", "one\nmore\n"],
      ["in_1.txt", "outer\nmore\n"],
    ]);
  });
});

describe("bypass", () => {
  test("runs the tool each time, on the base's own execution object", async () => {
    const base = new LocalRunner({ dataDir: rig.temp.join("runs") });
    const started: unknown[] = [];
    const watched = {
      startExecution: (metadata: Metadata) => started[started.push(base.startExecution(metadata)) - 1],
    };
    const { CachingRunner } = await import("@runcache/core");
    const runner = new CachingRunner({ base: watched as never, cacheDir: rig.cacheDir });
    expect(bypass(() => runner.startExecution(METADATA))).toBe(started[0]);
    bypass(() => rig.call(runner));
    bypass(() => rig.call(runner));
    expect(await rig.tool.count()).toBe(2);
  });

  test("a nested enabled caches again", async () => {
    const runner = rig.runner();
    bypass(() => {
      enabled(() => rig.call(runner));
      enabled(() => rig.call(runner));
    });
    expect(await rig.tool.count()).toBe(1);
  });

  test("policy.bypassTools matches package/name exactly", async () => {
    const runner = rig.runner({ policy: { bypassTools: ["demo/counting-tool"] } });
    rig.call(runner);
    rig.call(runner);
    expect(await rig.tool.count()).toBe(2);
    rig.call(runner, { metadata: { ...METADATA, name: "counting-tool-2" } });
    rig.call(runner, { metadata: { ...METADATA, name: "counting-tool-2" } });
    expect(await rig.tool.count()).toBe(3);
    expect(rig.of("bypass").map(({ reason }) => reason)).toEqual(["policy", "policy"]);
  });

  test("leaks into no other async context and no thread", async () => {
    let seenOutside = true;
    await Promise.all([
      bypass(async () => {
        await Promise.resolve();
        expect(isBypassed()).toBe(true);
      }),
      Promise.resolve().then(() => (seenOutside = isBypassed())),
    ]);
    expect(seenOutside).toBe(false);
    expect(isBypassed()).toBe(false);
    const inThread = await bypass(() => isBypassedInThread());
    expect(inThread).toBe(false);
  });

  test("RUNCACHE=off runs the tool each time, refresh replaces the entry, read-only writes nothing", async () => {
    vi.stubEnv("RUNCACHE", "off");
    rig.call(rig.runner());
    expect(existsSync(rig.cacheDir)).toBe(false);
    vi.stubEnv("RUNCACHE", "");
    rig.call(rig.runner());
    vi.stubEnv("RUNCACHE", "refresh");
    rig.call(rig.runner());
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "refresh" });
    vi.stubEnv("RUNCACHE", "read-only");
    rig.call(rig.runner());
    expect(await rig.tool.count()).toBe(3);
    const before = readdirSync(rig.cacheDir, { recursive: true }).length;
    const fresh = rig.call(rig.runner(), { params: { other: true } });
    expect(readFileSync(fresh.outputs[0] ?? "", "utf8")).toBe("one\n");
    expect(readdirSync(rig.cacheDir, { recursive: true })).toHaveLength(before);
    rmSync(rig.cacheDir, { recursive: true });
    rig.call(rig.runner());
    expect(existsSync(rig.cacheDir)).toBe(false);
    expect(rig.of("trouble")).toEqual([]);
    vi.stubEnv("RUNCACHE", "offf");
    expect(() => rig.runner().startExecution(METADATA)).toThrow(/RUNCACHE=offf is none of on, off/);
  });
});

function isBypassedInThread(): Promise<unknown> {
  const worker = new Worker(new URL("is-bypassed.mjs", import.meta.url));
  return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
}
