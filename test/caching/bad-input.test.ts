import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  bypass,
  CachingRunner,
  InputError,
  openCache,
  parseCacheKey,
  type RuncacheError,
  UsageError,
  type Execution,
  type ExecTool,
  type Runner,
} from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fifo, makeTree } from "../kit/make-tree.js";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  await rig[Symbol.asyncDispose]();
});

const input = (name: string): string => rig.temp.join("data", name);

/** Files under the cache and the run directories, so that "changes nothing on disk" can be said. */
function onDisk(): string[] {
  return ["cache", "runs"]
    .filter((name) => existsSync(rig.temp.join(name)))
    .flatMap((name) => readdirSync(rig.temp.join(name), { recursive: true }).map((entry) => `${name}/${String(entry)}`))
    .sort();
}

interface Refusal {
  readonly title: string;
  readonly act: (execution: Execution) => void;
  readonly errorClass: new (...args: never[]) => RuncacheError;
  readonly code: string;
  readonly message: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    title: "an input that is not there",
    act: (execution) => execution.inputFile(input("nowhere.txt")),
    errorClass: InputError,
    code: "ERR_RUNCACHE_INPUT_MISSING",
    message: /nowhere\.txt/,
  },
  {
    title: "an input whose parent is not there, with resolveParent",
    act: (execution) => execution.inputFile(input("nowhere/prefix"), true),
    errorClass: InputError,
    code: "ERR_RUNCACHE_INPUT_MISSING",
    message: /nowhere/,
  },
  {
    title: "an input that is a FIFO",
    act: (execution) => execution.inputFile(input("pipe")),
    errorClass: InputError,
    code: "ERR_RUNCACHE_INPUT_KIND",
    message: /pipe/,
  },
  {
    title: "an output name that leaves the output directory",
    act: (execution) => execution.outputFile("../x"),
    errorClass: UsageError,
    code: "ERR_RUNCACHE_OUTPUT_NAME",
    message: /\.\.\/x/,
  },
  {
    title: "an absolute output name",
    act: (execution) => execution.outputFile("/etc/passwd"),
    errorClass: UsageError,
    code: "ERR_RUNCACHE_OUTPUT_NAME",
    message: /\/etc\/passwd/,
  },
  {
    title: "an output name with NUL",
    act: (execution) => execution.outputFile("a\0b"),
    errorClass: UsageError,
    code: "ERR_RUNCACHE_OUTPUT_NAME",
    message: /NUL/,
  },
  {
    title: "the reserved output name",
    act: (execution) => execution.outputFile(".runcache/manifest.json"),
    errorClass: UsageError,
    code: "ERR_RUNCACHE_OUTPUT_NAME",
    message: /\.runcache/,
  },
  ...[null, undefined, [1], "text", 7, () => 1].map((params) => ({
    title: `parameters that are ${typeof params === "object" ? JSON.stringify(params) : typeof params}`,
    act: (execution: Execution) => void execution.params(params as never),
    errorClass: UsageError,
    code: "ERR_RUNCACHE_PARAMS",
    message: /object that maps names to values.*pass \{\}/,
  })),
  {
    title: "parameters with a cycle",
    act: (execution) => {
      const params: Record<string, unknown> = {};
      params["self"] = params;
      execution.params(params);
      execution.outputFile("out.txt");
    },
    errorClass: UsageError,
    code: "ERR_RUNCACHE_NOT_ENCODABLE",
    message: /params\.self/,
  },
  {
    title: "parameters with a function",
    act: (execution) => {
      execution.params({ stages: [{ weight: () => 1 }] });
      execution.outputFile("out.txt");
    },
    errorClass: UsageError,
    code: "ERR_RUNCACHE_NOT_ENCODABLE",
    message: /params\.stages\[0\]\.weight/,
  },
];

describe("a wrong call has its class, code and message, and changes nothing on disk", () => {
  test.each(REFUSALS)("$title", async ({ act, errorClass, code, message }) => {
    await makeTree(rig.temp.join("data"), { pipe: fifo() });
    const execution = rig.runner().startExecution(METADATA);
    const before = onDisk();
    const error = caught(() => act(execution));
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(onDisk()).toEqual(before);
    expect(await rig.tool.count()).toBe(0);
  });

  test("an input that cannot be read", () => {
    chmodSync(input("in.txt"), 0);
    // Root can read everything, unless it asks without the capabilities for that.
    const isRoot = process.getuid?.() === 0;
    const prefix = isRoot ? ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] : [];
    const program = fileURLToPath(new URL("unreadable-input.mjs", import.meta.url));
    const command = [...prefix, process.execPath, program, "/nowhere", "/nowhere", input("in.txt")];
    const { stdout } = spawnSync(command[0] ?? "", command.slice(1), { encoding: "utf8" });
    expect(stdout).toBe("InputError ERR_RUNCACHE_INPUT_UNREADABLE");
  });

  test("an input registered after the key is final", () => {
    const execution = rig.runner().startExecution(METADATA);
    execution.outputFile("out.txt");
    expect(caught(() => execution.inputFile(input("in.txt")))).toMatchObject({
      code: "ERR_RUNCACHE_ORDER",
      message: expect.stringContaining("in.txt") as string,
    });
  });

  test("a second run", async () => {
    const execution = rig.runner().startExecution(METADATA);
    execution.run([rig.tool.path]);
    expect(caught(() => execution.run([rig.tool.path]))).toMatchObject({ code: "ERR_RUNCACHE_ORDER" });
    expect(await rig.tool.count()).toBe(1);
  });

  test("a command line that holds an announced path", async () => {
    const execution = rig.runner().startExecution(METADATA);
    const announced = execution.outputFile("out.txt");
    expect(caught(() => execution.run([rig.tool.path, `--out=${announced}`]))).toMatchObject({
      code: "ERR_RUNCACHE_ANNOUNCED_ARGUMENT",
      message: expect.stringContaining("relative") as string,
    });
    expect(await rig.tool.count()).toBe(0);
    expect(readdirSync(rig.temp.join("cache/.incoming"))).toEqual([]);
  });

  test.each([
    ["null", ["tool", null], /argument 1 of tool is null, not a string/],
    ["a number", ["tool", 5], /argument 1 of tool is 5, not a string/],
    ["nothing", undefined, /command line is undefined, not an array/],
    ["a text", "tool", /command line is "tool", not an array/],
  ])("an argument, or a command line, that is %s", async (_, cargs, message) => {
    const command = cargs as string[];
    const refused = { name: "UsageError", code: "ERR_RUNCACHE_ARGUMENT" };
    const runner = rig.runner();
    const announcing = () => {
      const execution = runner.startExecution(METADATA);
      execution.outputFile("out.txt");
      return execution;
    };
    const error = caught(() => announcing().run(command));
    expect(error).toMatchObject({ ...refused, message: expect.stringMatching(message) as string });
    await expect(announcing().runAsync?.(command)).rejects.toMatchObject(refused);
    const calls = [runner.exec(METADATA, () => command), runner.explain(METADATA, () => command)];
    for (const call of [...calls, bypass(() => runner.exec(METADATA, () => command))]) {
      await expect(call).rejects.toThrow(message);
      await expect(call).rejects.toMatchObject(refused);
    }
    expect(readdirSync(rig.temp.join("cache/.incoming"))).toEqual([]);
  });

  test.each([
    ["no name", { id: "1" }, /tool's name is undefined, not a text: give it both/],
    ["no id", { name: "sort" }, /the tool sort has no id: give it both/],
    ["nothing", undefined, /tool's name is undefined/],
  ])("a tool of exec with %s", async (_, tool, message) => {
    const call = (): Promise<unknown> => rig.runner().exec(tool as ExecTool, () => [rig.tool.path]);
    for (const made of [call(), bypass(call)]) {
      await expect(made).rejects.toMatchObject({ name: "UsageError", code: "ERR_RUNCACHE_TOOL" });
      await expect(made).rejects.toThrow(message);
    }
    expect(await rig.tool.count()).toBe(0);
  });

  test("a key of the wrong form", () => {
    rig.call(rig.runner());
    for (const text of ["", "abc", "../../etc", "A".repeat(64)]) {
      expect(caught(() => parseCacheKey(text))).toMatchObject({ code: "ERR_RUNCACHE_KEY_FORM" });
    }
    const cache = openCache(rig.cacheDir);
    expect(caught(() => cache.get("../../etc"))).toMatchObject({ code: "ERR_RUNCACHE_KEY_FORM" });
  });

  test("a base without outputDir", () => {
    const bare: Runner = {
      startExecution: () => ({
        inputFile: (file) => file,
        outputFile: (file) => file,
        params: (params) => params,
        run: () => undefined,
      }),
    };
    const runner = new CachingRunner({ base: bare, cacheDir: rig.cacheDir });
    expect(caught(() => runner.startExecution(METADATA))).toMatchObject({
      code: "ERR_RUNCACHE_BASE",
      message: expect.stringContaining("outputDir") as string,
    });
  });

  test("a misspelt option says what was meant", async () => {
    const misspelt = { okExitCode: [0, 1] } as never;
    for (const call of ["exec", "explain"] as const) {
      await expect(rig.runner()[call](METADATA, () => [rig.tool.path], misspelt)).rejects.toThrow(/okExitCodes/);
    }
    expect(await rig.tool.count()).toBe(0);
    expect(() => rig.runner({ policy: { envAllowList: ["A"] } as never })).toThrow(/envAllowlist/);
  });

  test("parameters of exec that are no object", async () => {
    for (const params of [null, [1], "text"] as never[]) {
      const call = rig.runner().exec(METADATA, () => [rig.tool.path], { params });
      await expect(call).rejects.toMatchObject({ name: "UsageError", code: "ERR_RUNCACHE_PARAMS" });
    }
    expect(await rig.tool.count()).toBe(0);
  });

  test("administrative calls throw on an unusable root", async () => {
    await makeTree(rig.temp.path, { "a-file": "x" });
    for (const dir of [rig.temp.join("a-file"), rig.temp.join("nowhere"), rig.temp.join("data")]) {
      expect(caught(() => openCache(dir))).toMatchObject({ name: "CacheRootError" });
    }
    expect(readFileSync(rig.temp.join("a-file"), "utf8")).toBe("x");
  });
});

function caught(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
