import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { CachingRunner } from "@runcache/core";
import { ProcessLauncher } from "@runcache/local";
import { describe, expect, test } from "vitest";
import { openGate } from "../kit/gate.js";
import { tempDir } from "../kit/temp-dir.js";
import { ask, BUSYBOX, engines, SLOW, toolIn } from "./engines.js";
import { runningProcesses } from "./processes.js";
import { containersOf, isThere, startWaitingTool, waitAt, waitUntilGone } from "./waiting-tool.js";

const runShell = fileURLToPath(new URL("run-shell.mjs", import.meta.url));
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const;

describe.each(engines)("$name", (engine) => {
  describe.skipIf(engine.missing)("when its caller is ended", SLOW, () => {
    describe.each(["run", "runAsync"] as const)("in %s", (how) => {
      test.each(SIGNALS)("by %s, ends the container", async (signal) => {
        await using dir = await tempDir();
        using tool = await startWaitingTool(engine, dir, how);
        const { caller, container } = tool;
        const ended = once(caller, "exit");
        caller.kill(signal);
        expect(await ended).toEqual([null, signal]);
        waitUntilGone(engine, container);
      });
    });

    test("with all that should have ended it, its container is ended by the next caller, and no other", async () => {
      await using dir = await tempDir();
      await using otherDir = await tempDir();
      using tool = await startWaitingTool(engine, dir, "run");
      using other = await startWaitingTool(engine, otherDir, "run");
      const { caller, container } = tool;
      const watcher = runningProcesses().find(
        ({ parent, argv }) => parent === caller.pid && argv.includes("runcache-watcher"),
      );
      const ended = once(caller, "exit");
      process.kill(watcher?.pid ?? Number.NaN, "SIGKILL");
      caller.kill("SIGKILL");
      await ended;
      expect(isThere(engine, container)).toBe(true);

      const next = spawnSync(process.execPath, [runShell, engine.name], { encoding: "utf8" });
      expect(next).toMatchObject({ status: 0, stderr: "" });
      expect(isThere(engine, container)).toBe(false);
      expect(isThere(engine, other.container)).toBe(true);

      const otherEnded = once(other.caller, "exit");
      other.gate.release();
      expect(await otherEnded).toEqual([0, null]);
    });
  });

  describe.skipIf(engine.missing)("when a run is aborted", SLOW, () => {
    test("ends the container first, and keeps nothing", async () => {
      await using dir = await tempDir();
      using gate = await openGate(dir.join("gate"));
      // Not an input: the cache takes no pipes.
      const base = engine.makeRunnerWith(["--volume", `${gate.dir}:/gate`]);
      const runner = new CachingRunner({ base, cacheDir: dir.join("cache") });
      const controller = new AbortController();
      const reason = new Error("enough");
      const tool = { id: "1", name: "wait", image: BUSYBOX };
      const run = runner.exec(tool, () => waitAt("/gate"), { signal: controller.signal });
      await gate.arrived();
      expect(containersOf(engine, process.pid)).toHaveLength(1);
      controller.abort(reason);
      await expect(run).rejects.toBe(reason);
      expect(containersOf(engine, process.pid)).toEqual([]);
      expect(await readdir(dir.join("cache/.incoming"))).toEqual([]);
    });

    test("ends a tool that heeds no SIGTERM", async () => {
      await using dir = await tempDir();
      using gate = await openGate(dir.join("gate"));
      const launcher = new ProcessLauncher({ graceMs: 200 });
      const execution = engine.makeRunner({ launcher }).startExecution(toolIn(BUSYBOX));
      const [shell = "", option = "", script = "", ...rest] = waitAt(execution.inputFile(gate.dir));
      const controller = new AbortController();
      const run = execution.runAsync([shell, option, `trap '' TERM; ${script}`, ...rest], {
        signal: controller.signal,
      });
      await gate.arrived();
      controller.abort();
      await expect(run).rejects.toMatchObject({ name: "AbortError" });
      expect(containersOf(engine, process.pid)).toEqual([]);
    });
  });

  test.skipIf(engine.missing)("leaves no container when its client is killed", SLOW, async () => {
    await using dir = await tempDir();
    using gate = await openGate(dir.join("gate"));
    const execution = engine.makeRunner().startExecution(toolIn(BUSYBOX));
    const run = execution.runAsync(waitAt(execution.inputFile(gate.dir)));
    await gate.arrived();
    const [container = ""] = containersOf(engine, process.pid);
    const name = ask(engine, "inspect", "--format", "{{.Name}}", container).replace("/", "");
    const client = runningProcesses().find(({ argv }) => argv[0] === engine.name && argv.includes(name));
    process.kill(client?.pid ?? Number.NaN, "SIGKILL");
    await expect(run).rejects.toMatchObject({ name: "ToolError", signal: "SIGKILL" });
    expect(isThere(engine, container)).toBe(false);
  });
});
