import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { perform } from "../platform/flow.js";
import { ToolError } from "../types/errors.js";
import type { CaptureResult, Metadata } from "../types/runner.js";
import { BaseExecution } from "./base-execution.js";
import { DataDir } from "./data-dir.js";
import type { BackendRequest, ExecutionBackend } from "./execution-backend.js";

const METADATA: Metadata = { id: "1", name: "tool", package: "test" };
const SUCCESS: CaptureResult = { exitCode: 0, signal: null, durationMs: 5, usage: null };

/** Answers with what `act` writes and returns instead of running anything. */
class FakeBackend implements ExecutionBackend {
  readonly requests: BackendRequest[] = [];
  readonly #act: (request: BackendRequest) => CaptureResult;

  constructor(act: (request: BackendRequest) => CaptureResult = () => SUCCESS) {
    this.#act = act;
  }

  inputPath = ({ hostPath }: { readonly hostPath: string }): string => `/seen${hostPath}`;
  copyPath = (name: string): string => `copy:${name}`;
  image = (): string => "image";
  fingerprint = (): string => "fingerprint";
  guards = (cargs: readonly string[], outputDir: string): readonly string[] => [...cargs, outputDir];
  envNames = (): readonly string[] => ["LANG"];

  run(request: BackendRequest) {
    this.requests.push(request);
    const act = (): CaptureResult => this.#act(request);
    return perform({ sync: act, async: () => Promise.resolve().then(act) });
  }
}

let dir: string;
let input: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "runcache-base-"));
  input = join(dir, "a.txt");
  writeFileSync(input, "content");
});
afterEach(() => rmSync(dir, { recursive: true }));

function start(backend: ExecutionBackend = new FakeBackend()): BaseExecution {
  return new BaseExecution(METADATA, backend, new DataDir(join(dir, "data")));
}

const withCode = (code: string): unknown => expect.objectContaining({ code });

describe("BaseExecution before the run", () => {
  it("gives paths as its backend sees them, in both forms of inputFile", () => {
    const execution = start();
    expect(execution.inputFile(input)).toBe(`/seen${input}`);
    expect(execution.inputFile(input, { resolveParent: true })).toBe(`/seen${input}`);
    expect(execution.inputFile(input, false, true)).toBe("copy:a.txt");
    expect(execution.inputFile(input, { mutable: true })).toBe("copy:a.txt");
  });

  it("announces outputs in a directory that it does not make", () => {
    const execution = start();
    expect(execution.outputFile("x/y.txt", true)).toBe(join(execution.outputDir, "x/y.txt"));
    expect(execution.outputFile(".")).toBe(execution.outputDir);
    expect(existsSync(join(dir, "data"))).toBe(false);
  });

  it("names two mutable inputs of one basename apart, and one input once", () => {
    const execution = start();
    const other = join(mkdtempSync(join(dir, "other-")), "a.txt");
    writeFileSync(other, "other");
    expect(execution.inputFile(input, false, true)).toBe("copy:a.txt");
    expect(execution.inputFile(other, false, true)).toBe("copy:a_1.txt");
    expect(execution.inputFile(input, false, true)).toBe("copy:a.txt");
    expect(execution.mutableCopy(other)).toBe(join(execution.outputDir, "a_1.txt"));
  });

  it("refuses mutableCopy of what is no mutable input", () => {
    const execution = start();
    execution.inputFile(input);
    expect(() => execution.mutableCopy(input)).toThrow(withCode("ERR_RUNCACHE_NOT_MUTABLE"));
  });

  it.each(["", "/abs", "../up", "a/../b", "nul\0", ".runcache", ".runcache/x"])(
    "refuses the output name %j",
    (name) => {
      expect(() => start().outputFile(name)).toThrow(withCode("ERR_RUNCACHE_OUTPUT_NAME"));
    },
  );

  it("asks its backend what enters the key, and where it would run", () => {
    const execution = start();
    execution.outputDir = join(dir, "elsewhere");
    expect(execution.image()).toBe("image");
    expect(execution.fingerprint()).toBe("fingerprint");
    expect(execution.envNames()).toEqual(["LANG"]);
    expect(execution.guards(["tool"])).toEqual(["tool", join(dir, "elsewhere")]);
  });
});

describe("the order of calls", () => {
  const announce = (execution: BaseExecution): void => void execution.outputFile("x");
  const run = (execution: BaseExecution): void => execution.run(["tool"]);

  it.each<[title: string, before: (execution: BaseExecution) => void, act: (execution: BaseExecution) => unknown]>([
    ["inputFile after outputFile", announce, (execution) => execution.inputFile(input)],
    ["inputFile after run", run, (execution) => execution.inputFile(input)],
    ["outputFile after run", run, (execution) => execution.outputFile("x")],
    ["params after run", run, (execution) => execution.params({})],
    ["outputDir after run", run, (execution) => (execution.outputDir = dir)],
    ["run twice", run, run],
  ])("refuses %s", (_, before, act) => {
    const execution = start();
    before(execution);
    expect(() => act(execution)).toThrow(withCode("ERR_RUNCACHE_ORDER"));
  });

  it("refuses an input after mutableCopy", () => {
    const execution = start();
    execution.inputFile(input, false, true);
    execution.mutableCopy(input);
    expect(() => execution.inputFile(input)).toThrow(withCode("ERR_RUNCACHE_ORDER"));
  });

  it("refuses run twice without blocking, too", async () => {
    const execution = start();
    await execution.runAsync(["tool"]);
    await expect(execution.runAsync(["tool"])).rejects.toEqual(withCode("ERR_RUNCACHE_ORDER"));
  });

  it("changes nothing on disk by a refused run", async () => {
    const execution = start();
    const announced = execution.outputFile("x.txt");
    expect(() => execution.run([])).toThrow(withCode("ERR_RUNCACHE_ARGUMENT"));
    expect(() => execution.run(["tool", announced])).toThrow(withCode("ERR_RUNCACHE_ANNOUNCED_ARGUMENT"));
    await expect(execution.runAsync(["tool"], { stdin: join(dir, "missing") })).rejects.toEqual(
      withCode("ERR_RUNCACHE_INPUT_MISSING"),
    );
    expect(readdirSync(dir)).toEqual(["a.txt"]);
  });
});

describe("BaseExecution at the run", () => {
  const talk = ({ stdoutFd, stderrFd, onStdout }: BackendRequest): CaptureResult => {
    writeSync(stdoutFd, "one\n\ntwo");
    writeSync(stderrFd, "oops\n");
    onStdout?.(Buffer.from("one\n\ntwo"));
    return SUCCESS;
  };

  it("has made the output directory and the copies when the tool starts, and leaves nothing else there", () => {
    const seen: string[][] = [];
    const backend = new FakeBackend(({ outputDir }) => {
      seen.push(readdirSync(outputDir));
      return SUCCESS;
    });
    const execution = start(backend);
    execution.inputFile(input, false, true);
    const copy = execution.mutableCopy(input);
    execution.run(["tool"]);
    expect(seen).toEqual([["a.txt"]]);
    expect(readFileSync(copy, "utf8")).toBe("content");
    expect(readdirSync(execution.outputDir)).toEqual(["a.txt"]);
  });

  it("uses the outputDir that it was set to last", () => {
    const backend = new FakeBackend();
    const execution = start(backend);
    execution.outputFile("x");
    execution.outputDir = join(dir, "out");
    execution.run(["tool"]);
    expect(backend.requests.map(({ outputDir }) => outputDir)).toEqual([join(dir, "out")]);
    expect(existsSync(join(dir, "data"))).toBe(false);
  });

  it("hands out the lines of both streams after a run that blocks", () => {
    const [out, err]: [string[], string[]] = [[], []];
    start(new FakeBackend(talk)).run(
      ["tool"],
      (line) => out.push(line),
      (line) => err.push(line),
    );
    expect([out, err]).toEqual([["one", "", "two"], ["oops"]]);
  });

  it("hands out the lines as its backend shows them in a run that does not block", async () => {
    const out: string[] = [];
    const result = await start(new FakeBackend(talk)).runAsync(["tool"], { onStdout: (line) => out.push(line) });
    expect(out).toEqual(["one", "", "two"]);
    expect(result).toEqual({ exitCode: 0, durationMs: 5 });
  });

  it("throws what a handler threw, after the tool had its time", () => {
    const backend = new FakeBackend(talk);
    const broken = (): never => {
      throw new Error("handler");
    };
    expect(() => start(backend).run(["tool"], broken)).toThrow("handler");
    expect(backend.requests).toHaveLength(1);
  });

  const fail = (request: BackendRequest): CaptureResult => ({ ...talk(request), exitCode: 3 });

  it("delivers the lines of a tool that fails, and tells them with its error", () => {
    const out: string[] = [];
    const run = (): void => start(new FakeBackend(fail)).run(["tool", "-x"], (line) => out.push(line));
    expect(run).toThrow(ToolError);
    expect(out).toEqual(["one", "", "two"]);
    expect(run).toThrow(
      expect.objectContaining({
        exitCode: 3,
        returnCode: 3,
        signal: null,
        commandArgs: ["tool", "-x"],
        stdoutTail: ["one", "", "two"],
        stderrTail: ["oops"],
      }),
    );
  });

  it("rejects with the same error without blocking", async () => {
    await expect(start(new FakeBackend(fail)).runAsync(["tool"])).rejects.toThrow(ToolError);
  });

  it("returns a failure as a result where streams are captured", async () => {
    const request = { cargs: ["tool"], stdin: null, stdoutFd: 1, stderrFd: 2 };
    const quiet = (): ExecutionBackend => new FakeBackend(() => ({ ...SUCCESS, exitCode: 3 }));
    expect(start(quiet()).capture(request).exitCode).toBe(3);
    expect((await start(quiet()).captureAsync(request)).exitCode).toBe(3);
  });

  it("does not start what was aborted before", async () => {
    const backend = new FakeBackend();
    const reason = new Error("no more");
    await expect(start(backend).runAsync(["tool"], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(backend.requests).toEqual([]);
    expect(existsSync(join(dir, "data"))).toBe(false);
  });
});
