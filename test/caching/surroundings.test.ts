// What stands in the key beside inputs and parameters must still hold when the tool runs.
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { CachingRunner, ExecResult } from "@runcache/core";
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

/** Announces an output, lets `meanwhile` happen, and runs. Returns what the run printed. */
function prepared(
  runner: CachingRunner,
  program: readonly string[],
  meanwhile: () => void,
  metadata = METADATA,
): string[] {
  const execution = runner.startExecution(metadata);
  execution.outputFile("out.txt");
  meanwhile();
  const lines: string[] = [];
  execution.run([...program], (line) => lines.push(line));
  return lines;
}

const ran = (runner: CachingRunner, program: readonly string[]): Promise<ExecResult> =>
  runner.exec(METADATA, () => [...program]);

test("a variable of the key that changes before the run keeps the result out of the cache", () => {
  const runner = rig.runner({ policy: { envAllowlist: ["RUNCACHE_TEST_MODE"] } });
  const program = ["sh", "-c", "echo $RUNCACHE_TEST_MODE"];
  vi.stubEnv("RUNCACHE_TEST_MODE", "1");
  const change = (): void => void vi.stubEnv("RUNCACHE_TEST_MODE", "2");
  expect(prepared(runner, program, change)).toEqual(["2"]);
  expect(rig.of("not-stored")).toMatchObject([{ reason: "environment-changed" }]);
  expect(rig.of("not-stored")[0]?.detail).toContain("the variable RUNCACHE_TEST_MODE changed");
  vi.stubEnv("RUNCACHE_TEST_MODE", "1");
  expect(prepared(runner, program, () => undefined)).toEqual(["1"]);
});

test("a file of the toolchain that changes during the run keeps the result out of the cache", async () => {
  const file = rig.temp.join("data/atlas");
  writeFileSync(file, "1");
  const runner = rig.runner({ local: { toolchain: { files: [file] } } });
  const changing = await ran(runner, ["sh", "-c", 'printf 2 > "$0"', file]);
  expect(changing).toMatchObject({ stored: false, notStored: { reason: "environment-changed" } });
  const sound = await ran(runner, ["cat", file]);
  expect([sound.stored, sound.stdout()]).toEqual([true, "2"]);
});

test("a file of the toolchain that goes away during the run loses nobody's result", async () => {
  const file = rig.temp.join("data/atlas");
  writeFileSync(file, "1");
  const runner = rig.runner({ local: { toolchain: { files: [file] } } });
  const result = await ran(runner, ["sh", "-c", 'cat "$0"; rm "$0"', file]);
  expect([result.stdout(), result.stored]).toEqual(["1", false]);
});

test("the program is the one that PATH says when it runs, and so is its guard", () => {
  for (const version of ["1", "2"]) {
    mkdirSync(rig.temp.join(version));
    writeFileSync(rig.temp.join(version, "my-tool"), `#!/bin/sh\necho ${version}\n`);
    chmodSync(rig.temp.join(version, "my-tool"), 0o755);
  }
  const metadata = { ...METADATA, name: "my-tool" };
  const runner = rig.runner();
  const use = (version: string) => (): void => void vi.stubEnv("PATH", `${rig.temp.join(version)}:/usr/bin:/bin`);
  use("1")();
  expect(prepared(runner, ["my-tool"], use("2"), metadata)).toEqual(["2"]);
  use("1")();
  expect(prepared(runner, ["my-tool"], () => undefined, metadata)).toEqual(["1"]);
});

describe("executions that are prepared and run later", () => {
  test("hold few files open, however many they are", () => {
    const runner = rig.runner();
    const openFiles = (): number => readdirSync("/dev/fd").length;
    const before = openFiles();
    const executions = Array.from({ length: 100 }, (_, n) => {
      const execution = runner.startExecution(METADATA);
      execution.params({ n });
      return { execution, file: execution.outputFile("out.txt") };
    });
    expect(openFiles() - before).toBeLessThan(80);
    for (const { execution } of executions) execution.run(["sh", "-c", "echo made > out.txt"]);
    expect(executions.map(({ file }) => readFileSync(file, "utf8"))).toEqual(executions.map(() => "made\n"));
    expect(rig.of("stored")).toHaveLength(100);
  });
});
