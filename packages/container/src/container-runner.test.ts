import { closeSync, openSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BaseExecution, CaptureResult, Flow, Launcher, LaunchRequest, LaunchResult } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tempDir, type TempDir } from "../../../test/kit/temp-dir.js";
import { resolveContainerOptions, type ContainerOptions } from "./container-options.js";
import { ContainerRunner } from "./container-runner.js";
import type { ContainerEngine, ContainerRun, PlannedCommand, ResolvedImage } from "./engine.js";

const THIS_FILE = fileURLToPath(import.meta.url);

let dir: TempDir;

beforeEach(async () => {
  dir = await tempDir("container");
});

afterEach(async () => {
  vi.useRealTimers();
  await dir[Symbol.asyncDispose]();
});

/** An engine that plans on paper and remembers what it was asked. */
class PaperEngine implements ContainerEngine {
  readonly name = "paper";
  readonly prelude = ":";
  readonly ownExitCodes = new Set([125]);
  readonly runs: ContainerRun[] = [];
  readonly ended: string[] = [];
  resolved = 0;
  /** What names mean, and what is obtained for them. */
  now = "config:1";
  obtained = "config:1";
  doubtful: string | null = null;

  checkMount(): void {}

  plan(run: ContainerRun): PlannedCommand {
    this.runs.push(run);
    return { argv: ["paper", run.name], env: run.script.env, stopArgv: ["paper", "rm", run.name] };
  }

  fingerprint() {
    return { extraArguments: [], network: "none", platform: null };
  }

  resolve(name: string): ResolvedImage {
    this.resolved += 1;
    return { name, identity: this.now, platform: "linux/paper", reference: null };
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *obtain(image: ResolvedImage): Flow<ResolvedImage> {
    const { name, reference } = image;
    if (reference !== null) return image;
    return { name, identity: this.obtained, platform: null, reference: `run:${this.obtained}` };
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *prepare(): Flow<void> {
    return;
  }

  users(): null {
    return null;
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *doubt(): Flow<string | null> {
    return this.doubtful;
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *end(name: string): Flow<void> {
    this.ended.push(name);
  }

  // eslint-disable-next-line require-yield -- nothing to wait for
  *reap(): Flow<void> {
    return;
  }
}

/** A launcher whose launches end as was said beforehand: an exit code, or a signal. */
class PaperLauncher implements Launcher {
  readonly name = "paper";
  readonly requests: LaunchRequest[] = [];
  readonly #ends: (number | string)[];

  constructor(...ends: (number | string)[]) {
    this.#ends = ends;
  }

  launchSync(request: LaunchRequest): LaunchResult {
    this.requests.push(request);
    const end = this.#ends.shift() ?? 0;
    writeSync(request.stderrFd, `launch ${this.requests.length}\n`);
    return {
      exitCode: typeof end === "number" ? end : null,
      signal: typeof end === "number" ? null : end,
      durationMs: 1,
      usage: null,
    };
  }

  launch(request: LaunchRequest): Promise<LaunchResult> {
    return Promise.resolve(this.launchSync(request));
  }
}

function setUp(launcher = new PaperLauncher(), options: ContainerOptions = {}) {
  const engine = new PaperEngine();
  const resolved = resolveContainerOptions("PaperRunner", { dataDir: dir.join("data"), launcher, ...options }, []);
  const runner = new ContainerRunner(engine, resolved);
  const start = (): BaseExecution =>
    runner.startExecution({ id: "1", name: "tool", package: "test", container_image_tag: "demo:1" });
  return { engine, launcher, start };
}

/** What a captured run of `tool` comes to. */
function capture(execution: BaseExecution): CaptureResult {
  const fd = openSync(dir.join("stream"), "w+");
  try {
    return execution.capture({ cargs: ["tool"], stdin: null, stdoutFd: fd, stderrFd: fd });
  } finally {
    closeSync(fd);
  }
}

test("what is launched is what the engine planned, with the image that was obtained", () => {
  const { engine, launcher, start } = setUp(undefined, { environ: { A: "1" }, imageOverrides: { "demo:1": "demo:2" } });
  const execution = start();
  const toolPath = execution.inputFile(THIS_FILE);
  expect(capture(execution)).toMatchObject({ exitCode: 0 });
  expect(engine.runs).toMatchObject([
    {
      image: "run:config:1",
      mounts: [
        { hostPath: THIS_FILE, containerPath: toolPath, readOnly: true },
        { hostPath: execution.outputDir, containerPath: "/runcache/output", readOnly: false },
      ],
      interactive: false,
      asRoot: false,
    },
  ]);
  const [run] = engine.runs;
  expect(launcher.requests).toMatchObject([
    {
      argv: ["paper", run?.name],
      stopArgv: ["paper", "rm", run?.name],
      env: { RUNCACHE_ENV_0: "1", PATH: process.env["PATH"] },
    },
  ]);
});

test("what enters the key is the environment as digests, and the platform where the image does not tell it", () => {
  const { start } = setUp(undefined, { environ: { A: "secret" } });
  const fingerprint = start().fingerprint();
  expect(fingerprint).toEqual({
    environ: { A: expect.stringMatching(/^b3:/) as string },
    extraArguments: [],
    network: "none",
    platform: "linux/paper",
  });
  expect(JSON.stringify(fingerprint)).not.toContain("secret");
});

describe("the image", () => {
  test("holds for an execution, however often it is asked for", () => {
    const { engine, start } = setUp();
    const execution = start();
    expect(execution.image()).toBe("config:1");
    engine.now = "config:2";
    expect(execution.image()).toBe("config:1");
  });

  test("is asked for again after a while, also where run follows run", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { engine, start } = setUp();
    for (let call = 0; call < 4; call += 1) {
      capture(start());
      vi.advanceTimersByTime(3_000);
    }
    expect(engine.resolved).toBe(2);
  });

  test("that moved before the run makes a doubtful result", () => {
    const { engine, start } = setUp();
    engine.obtained = "config:2";
    expect(capture(start()).doubt).toEqual({
      reason: "image-moved",
      detail: "image demo:1 moved from config:1 to config:2 before the run",
    });
  });

  test("that the engine doubts makes a doubtful result", () => {
    const { engine, start } = setUp();
    engine.doubtful = "another one ran";
    expect(capture(start()).doubt).toEqual({ reason: "image-moved", detail: "another one ran" });
  });
});

describe("an exit code that may be the engine's", () => {
  test("is the tool's where the same container can start", () => {
    const { engine, launcher, start } = setUp(new PaperLauncher(125, 0));
    expect(capture(start()).exitCode).toBe(125);
    const [run, probe] = engine.runs;
    expect(probe).toEqual({ ...run, name: `${run?.name}-probe`, script: probe?.script });
    expect(launcher.requests).toHaveLength(2);
  });

  test("is the engine's where it cannot, with what the engine says then", () => {
    const { start } = setUp(new PaperLauncher(125, 125));
    expect(() => capture(start())).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_ENGINE_REFUSED",
        message: expect.stringMatching(/image demo:1 \(exit code 125\).*\nlaunch 2$/) as string,
      }),
    );
  });

  test("is a tool's that is not there, where the container says so", () => {
    const { start } = setUp(new PaperLauncher(125, 3));
    expect(() => capture(start())).toThrow(
      expect.objectContaining({
        code: "ERR_RUNCACHE_TOOL_NOT_FOUND",
        facts: { engine: "paper", exitCode: 125, image: "demo:1", tool: "tool" },
      }),
    );
  });

  test("is not asked about where it cannot be", () => {
    const { launcher, start } = setUp(new PaperLauncher(124));
    expect(capture(start()).exitCode).toBe(124);
    expect(launcher.requests).toHaveLength(1);
  });
});

test("a client that was killed has its container ended", () => {
  const { engine, start } = setUp(new PaperLauncher("SIGKILL"));
  expect(capture(start())).toMatchObject({ exitCode: null, signal: "SIGKILL" });
  expect(engine.ended).toEqual([engine.runs[0]?.name]);
});

test("each container has a name of its own", () => {
  const { engine, start } = setUp();
  for (let call = 0; call < 3; call += 1) capture(start());
  expect(new Set(engine.runs.map(({ name }) => name)).size).toBe(3);
});
