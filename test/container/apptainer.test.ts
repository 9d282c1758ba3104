import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { CachingRunner } from "@runcache/core";
import { ApptainerRunner, type ApptainerOptions } from "@runcache/apptainer";
import { beforeEach, afterEach, describe, expect, test, vi } from "vitest";
import { RecordedEvents } from "../kit/recorded-events.js";
import { tempDir, type TempDir } from "../kit/temp-dir.js";
import { apptainerStandIn, makeSif, recordedCalls, type RecordedCall } from "./apptainer-stand-in.js";
import { toolIn } from "./engines.js";

const TAG = "demo/blur:1.2";

let dir: TempDir;

beforeEach(async () => {
  dir = await tempDir("apptainer");
  vi.stubEnv("STAND_IN_RECORD", dir.join("calls"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await dir[Symbol.asyncDispose]();
});

function makeRunner(options: ApptainerOptions = {}): ApptainerRunner {
  const own = { apptainerExecutable: apptainerStandIn, sifDir: dir.join("sif"), dataDir: dir.join("data") };
  return new ApptainerRunner({ ...own, ...options });
}

async function calls(command: string): Promise<RecordedCall[]> {
  return (await recordedCalls(dir.join("calls"))).filter(({ argv }) => argv[0] === command);
}

describe("an image of a registry", () => {
  test("is built once, and by whoever comes first", async () => {
    const runs = [makeRunner(), makeRunner(), makeRunner()].map((runner) =>
      runner.startExecution(toolIn(TAG)).runAsync(["true"]),
    );
    await Promise.all(runs);
    const pulls = await calls("pull");
    expect(pulls).toHaveLength(1);
    expect(pulls[0]?.argv.at(-1)).toBe("docker://docker.io/demo/blur:1.2");
    expect((await readdir(dir.join("sif"))).filter((name) => name.endsWith(".sif"))).toHaveLength(1);
    const images = (await calls("exec")).map(({ argv }) => argv.find((argument) => argument.endsWith(".sif")));
    expect(new Set(images).size).toBe(1);
  });

  test("is asked for by architecture where a platform is wanted, and kept apart", async () => {
    makeRunner({ platform: "linux/arm64" }).startExecution(toolIn(TAG)).image();
    makeRunner().startExecution(toolIn(TAG)).image();
    const [foreign, own] = await calls("pull");
    expect(foreign?.argv).toEqual(expect.arrayContaining(["--arch", "arm64"]));
    expect(own?.argv).not.toContain("--arch");
  });

  test("is not built where that is not wanted, and the error says how to", () => {
    expect(() => makeRunner({ pull: "never" }).startExecution(toolIn(TAG)).image()).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_IMAGE_MISSING",
        message: expect.stringMatching(/pull --force \S+\.sif docker:\/\/docker.io\/demo\/blur:1.2'/) as string,
      }),
    );
  });

  test("that cannot be built leaves nothing that passes for one", async () => {
    const failing = dir.join("failing");
    await writeFile(
      failing,
      '#!/bin/sh\n[ "$1" = pull ] || exit 0\necho half > "$3"\necho "FATAL: no space" >&2\nexit 255\n',
      {
        mode: 0o755,
      },
    );
    const resolve = () => makeRunner({ apptainerExecutable: failing }).startExecution(toolIn(TAG)).image();
    expect(resolve).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_PULL_FAILED",
        message: expect.stringContaining("FATAL: no space") as string,
      }),
    );
    expect((await readdir(dir.join("sif"))).filter((name) => name.endsWith(".sif"))).toEqual([]);
  });
});

describe("a SIF file", () => {
  test("is told by its content, wherever it lies", async () => {
    await using one = await makeSif("same");
    await using two = await makeSif("same");
    await using three = await makeSif("other");
    const [first, second, third] = [one, two, three].map(({ path }) =>
      makeRunner().startExecution(toolIn(path)).image(),
    );
    expect(first).toMatch(/^sif:b3:[0-9a-f]{64}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  test("that is replaced during the run leaves a result that is not stored", async () => {
    await using sif = await makeSif("before");
    const events = new RecordedEvents();
    const base = makeRunner();
    const runner = new CachingRunner({ base, cacheDir: dir.join("cache"), onEvent: events.listener });
    const replace = `echo after > '${sif.path}'; echo ran`;
    const result = await runner.exec({ id: "1", name: "x", image: sif.path }, () => ["sh", "-c", replace]);
    expect(result.stdout()).toBe("ran\n");
    expect(events.of("not-stored")).toMatchObject([{ reason: "image-moved" }]);
    expect(await readFile(sif.path, "utf8")).toBe("after\n");
  });

  test("that is not there is named", () => {
    const missing = dir.join("none.sif");
    expect(() => makeRunner().startExecution(toolIn(missing)).image()).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_IMAGE_MISSING",
        message: expect.stringContaining(missing) as string,
      }),
    );
  });
});

describe("a failure", () => {
  test("of Apptainer itself is quoted, and is not the tool's", async () => {
    await using sif = await makeSif();
    const execution = makeRunner().startExecution(toolIn(sif.path));
    vi.stubEnv("STAND_IN_FATAL", "1");
    expect(() => execution.run(["true"])).toThrow(
      expect.objectContaining({
        name: "EngineError",
        code: "ERR_RUNCACHE_ENGINE_REFUSED",
        message: expect.stringMatching(/exit code 255.*\nFATAL: {3}could not open image/s) as string,
      }),
    );
  });

  test("of a tool that exits like Apptainer is the tool's", async () => {
    await using sif = await makeSif();
    const execution = makeRunner().startExecution(toolIn(sif.path));
    expect(() => execution.run(["sh", "-c", "exit 255"])).toThrow(
      expect.objectContaining({ name: "ToolError", exitCode: 255 }),
    );
  });

  test("to find Apptainer says what is missing", () => {
    const runner = makeRunner({ apptainerExecutable: "/nowhere/apptainer" });
    expect(() => runner.startExecution(toolIn(TAG)).image()).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_ENGINE_NOT_FOUND", engine: "apptainer" }),
    );
    expect(existsSync(dir.join("calls"))).toBe(false);
  });
});

test("an image that was removed after it was resolved is built again for the run", async () => {
  const runner = makeRunner();
  const execution = runner.startExecution(toolIn(TAG));
  execution.image();
  await rm(dir.join("sif"), { recursive: true });
  execution.run(["true"]);
  expect(await calls("pull")).toHaveLength(2);
});
