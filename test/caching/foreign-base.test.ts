// Bases that are not ours: a Runner with an outputDir, and little else.
import { mkdirSync } from "node:fs";
import path from "node:path";
import { CachingRunner, ToolError, type CaptureResult, type Execution, type RunResult } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { makeRig, METADATA, type Rig } from "./rig.js";

let rig: Rig;

beforeEach(async () => {
  rig = await makeRig();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rig[Symbol.asyncDispose]();
});

class ForeignExecution implements Execution {
  outputDir = rig.temp.join("own");
  inputFile = (file: string): string => file;
  outputFile = (name: string): string => path.join(this.outputDir, name);
  params = <T extends object>(params: T): T => params;
  run(_cargs: string[], onStdout?: (line: string) => void): void {
    mkdirSync(this.outputDir, { recursive: true });
    onStdout?.("ran");
  }
}

class ForeignAsyncExecution extends ForeignExecution {
  runAsync(): Promise<RunResult> {
    return Promise.resolve({ exitCode: 3, durationMs: 1 });
  }
}

const runnerOf = (execution: new () => Execution): CachingRunner =>
  new CachingRunner({ base: { startExecution: () => new execution() }, cacheDir: rig.cacheDir });

test("its lines are the streams of the entry", async () => {
  const runner = runnerOf(ForeignExecution);
  const call = (): Promise<string> => runner.exec(METADATA, () => ["tool"]).then((ran) => ran.status + ran.stdout());
  expect([await call(), await call()]).toEqual(["missran\n", "hitran\n"]);
});

test("one that cannot pass standard input on is refused, not run without", async () => {
  const runner = runnerOf(ForeignExecution);
  const call = runner.exec(METADATA, () => ["tool"], { stdin: rig.temp.join("data/in.txt") });
  await expect(call).rejects.toMatchObject({ code: "ERR_RUNCACHE_BASE" });
  expect(runner.counters).toMatchObject({ stored: 0 });
});

test("the exit code that it resolves to counts", async () => {
  const runner = runnerOf(ForeignAsyncExecution);
  await expect(runner.exec(METADATA, () => ["tool"])).rejects.toBeInstanceOf(ToolError);
  const found = await runner.exec(METADATA, () => ["tool"], { okExitCodes: [0, 3] });
  expect(found).toMatchObject({ status: "miss", exitCode: 3, stored: true });
});

describe("streams that a base handed over but could not record", () => {
  class Forgetful extends ForeignExecution {
    capture = (): never => {
      throw new Error("not called");
    };
    captureAsync(): Promise<CaptureResult> {
      mkdirSync(this.outputDir, { recursive: true });
      const unwritten = "what it printed could not be recorded: ENOSPC";
      return Promise.resolve({ exitCode: 0, signal: null, durationMs: 1, usage: null, unwritten });
    }
  }

  test.each(["on", "off", "read-only"])("are an error to whoever asks for them, with RUNCACHE=%s", async (mode) => {
    vi.stubEnv("RUNCACHE", mode);
    const ran = await runnerOf(Forgetful).exec(METADATA, () => ["tool"]);
    expect(ran.stored).toBe(false);
    expect(() => ran.stdout()).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_STREAM" }));
  });
});
