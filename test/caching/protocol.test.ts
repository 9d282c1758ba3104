import { appendFileSync, chmodSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { selectHasher, type CachePolicy, type ExecResult } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeCountingTool } from "../kit/counting-tool.js";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rig[Symbol.asyncDispose]();
});

const input = (name: string): string => rig.temp.join("data", name);
const out = (announced: { outputs: readonly string[] }): string => readFileSync(announced.outputs[0] ?? "", "utf8");

describe("guards", () => {
  test("the entry of an upgraded tool is a miss with that reason, and is replaced", async () => {
    rig.call(rig.runner());
    await makeCountingTool(rig.temp.path, { version: "2" });
    rig.call(rig.runner());
    rig.call(rig.runner());
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "guards", explanation: "the tool's executable changed" });
  });

  test("another command line behind the same parameters is a miss", async () => {
    rig.call(rig.runner());
    rig.call(rig.runner(), { args: ([first]) => ["--copy", first ?? "", "out.txt", "--print", "more"] });
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "guards", explanation: "the command line changed" });
  });

  test("ignored parameters neither enter the key nor guard the command line", async () => {
    const runner = rig.runner({ policy: { ignoreParams: { "demo/counting-tool": ["nthreads"] } } });
    const call = (nthreads: number): void => {
      rig.call(runner, {
        params: { nthreads },
        args: ([first]) => ["--copy", first ?? "", "out.txt", "--print", String(nthreads)],
      });
    };
    call(1);
    call(8);
    expect(await rig.tool.count()).toBe(1);
  });

  test("of a policy that ignores them, whatever changed behind the key is a hit", async () => {
    const runner = rig.runner({ policy: { guards: "ignore" } });
    rig.call(runner);
    await makeCountingTool(rig.temp.path, { version: "2" });
    rig.call(runner, { args: ([first]) => ["--copy", first ?? "", "out.txt", "--print", "more"] });
    expect(await rig.tool.count()).toBe(1);
    expect(rig.of("hit")).toHaveLength(1);
    rig.call(rig.runner());
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "guards" });
  });

  test("a toolchain keeps two versions side by side", async () => {
    const versions = ["module A", "module B"].map((text) => rig.runner({ local: { toolchain: { text } } }));
    for (const runner of [...versions, ...versions]) rig.call(runner);
    expect(await rig.tool.count()).toBe(2);
  });
});

describe("doubt is a miss", () => {
  test("a half-deleted entry", async () => {
    const { root } = rig.call(rig.runner());
    rmSync(path.join(root, "out.txt"), { force: true });
    expect(out(rig.call(rig.runner()))).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("one that lost an output while the caller took its time to run", async () => {
    rig.call(rig.runner());
    const execution = rig.runner().startExecution(METADATA);
    const file = execution.inputFile(input("in.txt"));
    execution.params({});
    const announced = execution.outputFile("out.txt");
    rmSync(announced);
    const nowMs = performance.now();
    vi.spyOn(performance, "now").mockImplementation(() => nowMs + 60_000);
    execution.run([rig.tool.path, "--copy", file, "out.txt"]);
    expect(readFileSync(announced, "utf8")).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
  });

  test("an entry whose manifest is gone", async () => {
    const { root } = rig.call(rig.runner());
    rmSync(path.join(root, ".runcache"), { recursive: true });
    rig.call(rig.runner());
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "incomplete" });
  });

  test("an edit of the same size in place", async () => {
    const announced = rig.call(rig.runner());
    const file = announced.outputs[0] ?? "";
    writeFileSync(file, "eno\n");
    expect(out(rig.call(rig.runner()))).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("corrupt")).toHaveLength(1);
  });

  test("but not a mere touch", async () => {
    const announced = rig.call(rig.runner());
    utimesSync(announced.outputs[0] ?? "", new Date(), new Date());
    rig.call(rig.runner());
    expect(await rig.tool.count()).toBe(1);
  });
});

describe("an entry of another version of runcache is not replaced, and the result is delivered", () => {
  test.each([undefined, "refresh"])("with RUNCACHE %s", async (mode) => {
    const { root } = rig.call(rig.runner());
    const manifest = path.join(root, ".runcache/manifest.json");
    const rest = '"layout":99}\n';
    const foreign = `{"digest":"${selectHasher().hash(Buffer.from(rest)).slice("b3:".length)}",${rest}`;
    chmodSync(manifest, 0o600);
    writeFileSync(manifest, foreign);
    if (mode !== undefined) vi.stubEnv("RUNCACHE", mode);
    const announced = rig.call(rig.runner());
    expect(announced.root).not.toBe(root);
    expect(out(announced)).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "unknown-version" });
    expect(rig.of("not-stored")).toHaveLength(1);
    expect(readFileSync(manifest, "utf8")).toBe(foreign);
  });
});

describe("inputs", () => {
  test("one that changed during the run: the result is delivered where it was announced, and not cached", async () => {
    const change = {
      args: ([first]: readonly string[]) => ["--copy", first ?? "", "out.txt", "--append", first ?? "", "x"],
    };
    const announced = rig.call(rig.runner(), change);
    expect(out(announced)).toBe("one\n");
    expect(rig.of("not-stored")).toMatchObject([{ reason: "input-changed" }]);
    writeFileSync(input("in.txt"), "one\n");
    rig.call(rig.runner(), change);
    expect(await rig.tool.count()).toBe(2);
  });

  test("one that was only touched does not matter", () => {
    rig.call(rig.runner(), { args: ([first]) => ["--copy", first ?? "", "out.txt", "--chmod", "640", first ?? ""] });
    expect(rig.of("stored")).toHaveLength(1);
  });

  test("one inside an entry makes that entry a parent; changed during a run, it condemns it", async () => {
    const first = rig.call(rig.runner());
    const second = rig.call(rig.runner(), { inputs: [first.outputs[0] ?? ""], params: { step: 2 } });
    expect(out(second)).toBe("one\n");
    const inside = first.outputs[0] ?? "";
    rig.call(rig.runner(), {
      inputs: [inside],
      params: { step: 3 },
      args: ([file]) => ["--copy", file ?? "", "out.txt", "--chmod", "600", file ?? "", "--append", file ?? "", "x"],
    });
    expect(rig.of("not-stored")).toMatchObject([{ reason: "input-changed" }]);
    const count = await rig.tool.count();
    expect(out(rig.call(rig.runner()))).toBe("one\n");
    expect(await rig.tool.count()).toBe(count + 1);
  });

  test("a whole entry as resolved parent does not count its own bookkeeping", async () => {
    const first = rig.call(rig.runner());
    const call = (): void => {
      const execution = rig.runner().startExecution(METADATA);
      const file = execution.inputFile(first.outputs[0] ?? "", true);
      execution.outputFile("copy.txt");
      execution.run([rig.tool.path, "--copy", file, "copy.txt"]);
    };
    call();
    utimesSync(first.root, new Date(), new Date());
    call();
    expect(await rig.tool.count()).toBe(2);
  });
});

describe("outputs", () => {
  test("a hard-linked output becomes a copy of its own, and the user's file keeps its mode", () => {
    const mode = statSync(input("in.txt")).mode;
    const announced = rig.call(rig.runner(), { args: ([first]) => ["--hardlink", first ?? "", "out.txt"] });
    expect(statSync(input("in.txt")).mode).toBe(mode);
    expect(statSync(announced.outputs[0] ?? "").ino).not.toBe(statSync(input("in.txt")).ino);
    appendFileSync(input("in.txt"), "more");
    expect(out(announced)).toBe("one\n");
  });

  test("one that no entry can hold is delivered and not stored", () => {
    const announced = rig.call(rig.runner(), {
      args: () => ["--write", "out.txt", "x", "--symlink", "nowhere", "dangling"],
    });
    expect(out(announced)).toBe("x\n");
    expect(rig.of("not-stored")).toMatchObject([{ reason: "output-refused" }]);
  });

  test("a missing one is allowed, unless the policy says that it is an error", async () => {
    const silent = { args: () => ["--print", "nothing written"] };
    rig.call(rig.runner(), silent);
    rig.call(rig.runner(), silent);
    expect(await rig.tool.count()).toBe(1);
    const strict = rig.runner({ policy: { missingOutputs: "error" } });
    rig.call(strict, silent);
    expect(await rig.tool.count()).toBe(2);
    expect(rig.of("miss").at(-1)).toMatchObject({ reason: "missing-output" });
  });
});

describe("an entry that lacks what the caller asks for is replaced by the run that has it", () => {
  /** What the tool does is no part of the key: it is a file that nobody registered. */
  const act = (does: string, policy: CachePolicy, okExitCodes: number[]): Promise<ExecResult> => {
    writeFileSync(rig.temp.join("act"), does);
    return rig.runner({ policy }).exec(
      METADATA,
      (io) => {
        io.output("out.txt");
        return ["sh", "-c", '"$0" && . "$1"', rig.tool.path, rig.temp.join("act")];
      },
      { okExitCodes },
    );
  };

  test("an output that is required", async () => {
    const strict = { missingOutputs: "error" } as const;
    await act(":", {}, [0]);
    const made = await act("echo made >out.txt", strict, [0]);
    expect(made).toMatchObject({ status: "miss", missReason: "missing-output" });
    expect(readFileSync(made.output("out.txt"), "utf8")).toBe("made\n");
    expect(await act(":", strict, [0])).toMatchObject({ status: "hit" });
    expect(await rig.tool.count()).toBe(2);
  });

  test("an exit code that counts as success", async () => {
    await act("echo bad; exit 1", {}, [0, 1]);
    const good = await act("echo good", {}, [0]);
    expect(good).toMatchObject({ status: "miss", missReason: "exit-code", exitCode: 0 });
    expect(good.stdout()).toBe("good\n");
    expect(await act(":", {}, [0])).toMatchObject({ status: "hit", exitCode: 0 });
    expect(await rig.tool.count()).toBe(2);
  });
});

describe("a tool that is upgraded under a run", () => {
  test("is not stored behind the old executable", async () => {
    const upgrade = ["--append", rig.tool.path, "# version 2"];
    rig.call(rig.runner(), { args: ([first]) => ["--copy", first ?? "", "out.txt", ...upgrade] });
    expect(rig.of("not-stored")).toMatchObject([{ reason: "tool-changed" }]);
    expect(await rig.tool.count()).toBe(1);
  });
});
