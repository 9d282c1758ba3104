import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApptainerRunner } from "@runcache/apptainer";
import { DockerRunner } from "@runcache/docker";
import { LocalRunner } from "@runcache/local";
import { PodmanRunner } from "@runcache/podman";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { autoRunner, chooseRunner } from "./auto-runner.js";

let bin: string;

beforeEach(async () => {
  bin = await mkdtemp(join(tmpdir(), "runcache-test-"));
  vi.stubEnv("PATH", bin);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(bin, { recursive: true });
});

/** Installs an engine whose client does `script`. */
async function install(engine: string, script: string): Promise<void> {
  await writeFile(join(bin, engine), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

describe("the first engine that answers is taken", () => {
  test.each([
    ["docker", DockerRunner, ["docker", "podman", "apptainer"]],
    ["podman", PodmanRunner, ["podman", "apptainer"]],
    ["apptainer", ApptainerRunner, ["apptainer"]],
    ["local", LocalRunner, []],
  ])("%s", async (name, kind, installed) => {
    for (const engine of installed) await install(engine, "echo 1.0");
    const chosen = await chooseRunner();
    expect(chosen.name).toBe(name);
    expect(chosen.runner).toBeInstanceOf(kind);
    expect(chosen.passedOver).toHaveLength(3 - installed.length);
  });
});

test("one that is installed and does not answer is passed over, with its own words", async () => {
  await install("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
  await install("podman", "echo 4.3.1");
  const { name, passedOver } = await chooseRunner();
  expect(name).toBe("podman");
  expect(passedOver).toEqual([
    { name: "docker", reason: expect.stringContaining("Cannot connect to the Docker daemon") as string },
  ]);
});

test("only the engines that are named are asked", async () => {
  await install("docker", "echo 1.0");
  await install("podman", "echo 1.0");
  expect(await autoRunner({ engines: ["podman", "docker"] })).toBeInstanceOf(PodmanRunner);
  expect(await autoRunner({ engines: ["local", "docker"] })).toBeInstanceOf(LocalRunner);
  expect(await autoRunner({ engines: [] })).toBeInstanceOf(LocalRunner);
});

test.each([
  ["a misspelt one", ["podman", "dockr"], 'the engine "dockr"; did you mean docker?'],
  ["one far from all", ["kubernetes"], 'the engine "kubernetes"; known are docker, podman, apptainer, local'],
  ["an inherited name", ["toString"], 'the engine "toString"; known are'],
  ["a text", "local", 'engines as "local"; give an array'],
  ["null", null, "engines as null; give an array"],
])("engines that are none are refused before one is asked: %s", async (_, engines, message) => {
  await install("podman", "echo 4.3.1");
  const chosen = chooseRunner({ engines: engines as never });
  await expect(chosen).rejects.toMatchObject({ name: "UsageError", code: "ERR_RUNCACHE_AUTO_ENGINES" });
  await expect(chosen).rejects.toThrow(message);
});

test("options are the runner's, and a wrong one is an error instead of another runner", async () => {
  await install("docker", "echo 1.0");
  await expect(autoRunner({ imageOverides: {} } as object)).rejects.toMatchObject({
    code: "ERR_RUNCACHE_UNKNOWN_OPTION",
  });
});

test("variables come on top of PATH where tools run without an image", async () => {
  vi.stubEnv("PATH", "/usr/bin:/bin");
  const options = { environ: { OMP_NUM_THREADS: "1" }, dataDir: join(bin, "data") };
  const runner = await autoRunner({ engines: ["local"], ...options });
  const lines: string[] = [];
  const execution = runner.startExecution({ id: "1", name: "env", package: "test" });
  execution.run(["/usr/bin/env"], (line) => lines.push(line));
  expect(lines.sort()).toEqual(["OMP_NUM_THREADS=1", "PATH=/usr/bin:/bin"]);
});
