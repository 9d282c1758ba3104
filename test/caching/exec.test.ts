import { readFileSync, statSync, writeFileSync } from "node:fs";
import { bypass, openCache, ToolError, type ExecIo } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { collectWarnings } from "../kit/warnings.js";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const input = (name: string): string => rig.temp.join("data", name);

describe("exec", () => {
  test("misses once and hits ever after, with outputs, streams, exit code and what was saved", async () => {
    const call = () =>
      rig
        .runner()
        .exec(METADATA, (io) => [
          rig.tool.path,
          ...["--copy", io.input(input("in.txt")), io.output("copy.txt")],
          ...["--print", "said", "--print-error", "warned"],
        ]);
    const miss = await call();
    const hit = await call();
    expect(miss).toMatchObject({ status: "miss", missReason: "absent", savedMs: 0, stored: true, exitCode: 0 });
    expect(hit).toMatchObject({
      status: "hit",
      missReason: null,
      key: miss.key,
      exitCode: 0,
      durationMs: miss.durationMs,
    });
    expect(hit.savedMs).toBe(miss.durationMs);
    for (const result of [miss, hit]) {
      expect([result.stdout(), result.stderr()]).toEqual(["said\n", "warned\n"]);
      expect(readFileSync(result.output("copy.txt"), "utf8")).toBe("one\n");
    }
    expect(await rig.tool.count()).toBe(1);
  });

  test("has the arguments and the parameters in the key", async () => {
    const runner = rig.runner();
    const call = (word: string, params: object) =>
      runner.exec(METADATA, (io) => [rig.tool.path, "--cat", io.input(input("in.txt")), "--print", word], { params });
    const keys = [await call("a", {}), await call("b", {}), await call("a", { n: 1 }), await call("a", {})].map(
      ({ key }) => key,
    );
    expect(new Set(keys).size).toBe(3);
    expect(keys[3]).toBe(keys[0]);
    expect(await rig.tool.count()).toBe(3);
  });

  test.each(["cached", "bypassed"])("refuses misspelt names when %s: the tool does not run", async (how) => {
    const resolveparent = { resolveparent: true } as object;
    const plan = (io: ExecIo): string[] => [rig.tool.path, io.input(input("in.txt"), resolveparent)];
    const scope = how === "cached" ? (call: () => Promise<unknown>) => call() : bypass;
    const refused = { code: "ERR_RUNCACHE_UNKNOWN_OPTION" };
    await expect(scope(() => rig.runner().exec(METADATA, plan))).rejects.toMatchObject(refused);
    const misspelt = { ...METADATA, imgae: "busybox" };
    await expect(scope(() => rig.runner().exec(misspelt, () => [rig.tool.path]))).rejects.toMatchObject(refused);
    expect(await rig.tool.count()).toBe(0);
  });

  test("ends a dozen calls by one signal, and Node suspects no leak", async () => {
    using collected = collectWarnings();
    const controller = new AbortController();
    const { signal } = controller;
    const runner = rig.runner();
    const calls = Array.from({ length: 12 }, (_, index) => {
      let onStdout!: () => void;
      const began = new Promise<void>((resolve) => (onStdout = resolve));
      const script = "echo; exec sleep 1000";
      const call = runner.exec(METADATA, () => ["sh", "-c", script, String(index)], { signal, onStdout });
      return { began, ended: expect(call).rejects.toBe("enough") };
    });
    await Promise.all(calls.map(({ began }) => began));
    controller.abort("enough");
    await Promise.all(calls.map(({ ended }) => ended));
    expect(collected.warnings).toEqual([]);
  });

  test("writes arguments into the key as pieces and references, as KEY.md says", async () => {
    const file = input("in.txt");
    const plan = (io: ExecIo): string[] => [rig.tool.path, `--cat=${io.input(file)}`, "--print", "x"];
    const { key } = await rig.runner().exec(METADATA, plan, { params: { n: 1 }, stdin: file });
    const { parts } = openCache(rig.cacheDir).get(key ?? "")?.manifest ?? {};
    expect(parts?.params).toEqual({
      argv: [rig.tool.path, ["--cat=", { $$input: 0 }], "--print", "x"],
      params: { n: 1 },
      stdin: { $input: 0 },
    });
  });

  test("hits where only the place of an input differs, also inside an argument", async () => {
    const runner = rig.runner();
    const call = (file: string) => runner.exec(METADATA, (io) => [rig.tool.path, `--cat=${io.input(file)}`]);
    await call(input("in.txt"));
    writeFileSync(rig.temp.join("in.txt"), "one\n");
    expect(await call(rig.temp.join("in.txt"))).toMatchObject({ status: "hit" });
  });

  test("rejects with the tool's error unless the exit code is listed, and caches the listed ones", async () => {
    const runner = rig.runner();
    const call = (okExitCodes?: number[]) =>
      runner.exec(METADATA, (io) => [rig.tool.path, "--cat", io.input(input("in.txt")), "--exit", "1"], {
        ...(okExitCodes === undefined ? {} : { okExitCodes }),
      });
    await expect(call()).rejects.toThrow(ToolError);
    expect(await call([0, 1])).toMatchObject({ status: "miss", exitCode: 1 });
    expect(await call([0, 1])).toMatchObject({ status: "hit", exitCode: 1 });
    await expect(call()).rejects.toMatchObject({ exitCode: 1 });
    expect(await rig.tool.count()).toBe(3);
    expect(await call([0, 1])).toMatchObject({ status: "hit", exitCode: 1 });
  });

  test("reads standard input from a file that is in the key", async () => {
    const runner = rig.runner();
    const call = (stdin: string) => runner.exec(METADATA, () => [rig.tool.path, "--stdin"], { stdin });
    expect((await call(input("in.txt"))).stdout()).toBe("one\n");
    expect((await call(input("in.txt"))).status).toBe("hit");
    writeFileSync(input("in.txt"), "two\n");
    expect((await call(input("in.txt"))).stdout()).toBe("two\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("exports copies that the user may change", async () => {
    const result = await rig
      .runner()
      .exec(METADATA, (io) => [rig.tool.path, "--copy", io.input(input("in.txt")), io.output("copy.txt")]);
    await result.exportTo(rig.temp.join("exported"));
    const copy = rig.temp.join("exported/copy.txt");
    expect(statSync(copy).mode & 0o200).toBe(0o200);
    writeFileSync(copy, "mine\n");
    expect(readFileSync(result.output("copy.txt"), "utf8")).toBe("one\n");
  });

  test("in a bypass runs each time and still delivers everything", async () => {
    const runner = rig.runner();
    const call = () =>
      bypass(() =>
        runner.exec(METADATA, (io) => [
          ...[rig.tool.path, "--copy", io.input(input("in.txt")), io.output("copy.txt"), "--print", "said"],
        ]),
      );
    await call();
    const result = await call();
    expect(result).toMatchObject({ status: "bypass", missReason: "scope", key: null, stored: false });
    expect(result.stdout()).toBe("said\n");
    expect(readFileSync(result.output("copy.txt"), "utf8")).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("hands over both streams, live and replayed, byte for byte", async () => {
    const runner = rig.runner();
    const call = async () => {
      const chunks: Uint8Array[] = [];
      await runner.exec(
        METADATA,
        (io) => [rig.tool.path, "--cat", io.input(input("in.txt")), "--raw", "\\0377\\0000x"],
        {
          onStdout: (chunk) => void chunks.push(chunk),
        },
      );
      return Buffer.concat(chunks);
    };
    const bytes = Buffer.from([0x6f, 0x6e, 0x65, 0x0a, 0xff, 0x00, 0x78]);
    expect(await call()).toEqual(bytes);
    expect(await call()).toEqual(bytes);
    expect(await rig.tool.count()).toBe(1);
  });
});

describe("explain", () => {
  test("says what exec would do and runs nothing", async () => {
    const runner = rig.runner();
    const plan = (word: string) =>
      [
        METADATA,
        (io: { input(path: string): string }) => [rig.tool.path, "--cat", io.input(input("in.txt")), "--print", word],
      ] as const;
    expect(await runner.explain(...plan("a"))).toMatchObject({
      status: "miss",
      explanation: "first run of demo/counting-tool",
    });
    expect(await rig.tool.count()).toBe(0);
    await runner.exec(...plan("a"));
    expect(await runner.explain(...plan("a"))).toMatchObject({ status: "hit" });
    expect(await runner.explain(...plan("b"))).toMatchObject({ status: "miss", reason: "absent" });
    expect(await rig.tool.count()).toBe(1);
  });
});
