import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { ToolError, type ExecResult } from "@runcache/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openGate } from "../kit/gate.js";
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

/** One call in a process of its own. */
async function startCall(form: string, gateDir: string): Promise<{ code: number; text: string }> {
  const program = fileURLToPath(new URL("one-call.mjs", import.meta.url));
  const argv = [program, form, rig.cacheDir, rig.temp.join("runs"), rig.tool.path, input("in.txt"), gateDir];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, text };
}

describe("single flight", () => {
  test("equal asynchronous calls of one process share one run", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const runner = rig.runner();
    const call = (): Promise<string> => {
      const execution = runner.startExecution(METADATA);
      const file = execution.inputFile(input("in.txt"));
      const announced = execution.outputFile("out.txt");
      const cargs = [rig.tool.path, "--gate", gate.dir, "--copy", file, "out.txt"];
      return Promise.resolve(execution.runAsync?.(cargs)).then(() => readFileSync(announced, "utf8"));
    };
    const calls = [call(), call(), call()];
    await gate.arrived();
    gate.release();
    expect(await Promise.all(calls)).toEqual(["one\n", "one\n", "one\n"]);
    expect(await rig.tool.count()).toBe(1);
    expect(rig.of("waited")).toHaveLength(2);
  });

  test("an aborted leader hands over to one waiter", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const runner = rig.runner();
    const abort = new AbortController();
    const call = (signal?: AbortSignal): Promise<number> =>
      runner
        .exec(
          METADATA,
          (io) => [rig.tool.path, "--gate", gate.dir, "--copy", io.input(input("in.txt")), io.output("o")],
          {
            ...(signal === undefined ? {} : { signal }),
          },
        )
        .then(({ exitCode }) => exitCode);
    const leader = call(abort.signal);
    await gate.arrived();
    const waiters = [call(), call()];
    abort.abort(new Error("enough"));
    await expect(leader).rejects.toThrow("enough");
    await gate.arrived();
    gate.release();
    expect(await Promise.all(waiters)).toEqual([0, 0]);
    expect(await rig.tool.count()).toBe(2);
  });

  test("the leader's ToolError reaches all", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const runner = rig.runner();
    const call = (): Promise<unknown> =>
      runner.exec(METADATA, (io) => [
        rig.tool.path,
        "--gate",
        gate.dir,
        "--cat",
        io.input(input("in.txt")),
        "--exit",
        "4",
      ]);
    const calls = [call(), call()].map((call) => call.catch((error: unknown) => error));
    await gate.arrived();
    gate.release();
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(ToolError);
      expect(error).toMatchObject({ exitCode: 4, returnCode: 4, stdoutTail: ["one"] });
    }
    expect(await rig.tool.count()).toBe(1);
  });

  test("a refresh that fails does not serve the old entry to those who waited for it", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const act = rig.temp.join("act");
    const runner = rig.runner();
    const call = (): Promise<ExecResult> => runner.exec(METADATA, () => ["sh", act]);
    writeFileSync(act, "echo old");
    await call();
    vi.stubEnv("RUNCACHE", "refresh");
    writeFileSync(act, `'${rig.tool.path}' --gate '${gate.dir}' --exit 4`);
    const calls = [call(), call()];
    const ends = Promise.allSettled(calls);
    await gate.arrived();
    gate.release();
    for (const end of await ends) expect(end).toMatchObject({ status: "rejected", reason: { exitCode: 4 } });
    expect(await rig.tool.count()).toBe(1);
  });

  test("what the leader's own handler throws does not reach the others", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const runner = rig.runner();
    const call = (onStdout?: () => never): Promise<string> =>
      runner
        .exec(
          METADATA,
          (io) => [rig.tool.path, "--gate", gate.dir, "--cat", io.input(input("in.txt"))],
          onStdout === undefined ? {} : { onStdout },
        )
        .then((found) => found.stdout());
    const leader = call(() => {
      throw new Error("of the leader");
    });
    const outcome = expect(leader).rejects.toThrow("of the leader");
    await gate.arrived();
    const waiters = [call(), call()];
    gate.release();
    await outcome;
    await gate.arrived();
    gate.release();
    expect(await Promise.all(waiters)).toEqual(["one\n", "one\n"]);
    expect(await rig.tool.count()).toBe(2);
  });

  test("a result that cannot be stored is shared, and stays where it was announced", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const runner = rig.runner();
    const file = input("in.txt");
    const lines: string[] = [];
    const call = async (): Promise<string> => {
      const execution = runner.startExecution(METADATA);
      const cargs = [rig.tool.path, "--gate", gate.dir, "--copy", execution.inputFile(file), "out.txt", "--print", "x"];
      const announced = execution.outputFile("out.txt");
      await execution.runAsync?.(cargs, { onStdout: (line) => lines.push(line) });
      return announced;
    };
    const calls = [call(), call(), call()];
    await gate.arrived();
    writeFileSync(file, "changed under the run");
    gate.release();
    const places = await Promise.all(calls);
    for (const place of places) expect(readFileSync(place, "utf8")).toBe("changed under the run");
    expect(lines).toEqual(["x", "x", "x"]);
    expect(await rig.tool.count()).toBe(1);
    expect(rig.of("not-stored")).toMatchObject([{ reason: "input-changed" }]);
  });

  test("calls that wait for an equal one hold no file open", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const runner = rig.runner();
    const call = (): Promise<ExecResult> =>
      runner.exec(METADATA, (io) => [rig.tool.path, "--gate", gate.dir, "--write", io.output("o"), "x"]);
    const first = call();
    await gate.arrived();
    const before = readdirSync("/dev/fd").length;
    const others = Array.from({ length: 50 }, call);
    await new Promise(setImmediate); // they have all come to wait
    expect(readdirSync("/dev/fd").length).toBeLessThan(before + 10);
    gate.release();
    await Promise.all([first, ...others]);
    expect(await rig.tool.count()).toBe(1);
  });

  test.each(["run", "runAsync"])("eight processes and one cold key: one execution, by %s", async (form) => {
    using gate = await openGate(rig.temp.join("gate"));
    const ends = Array.from({ length: 8 }, () => startCall(form, gate.dir));
    await gate.arrived();
    gate.release();
    expect(await Promise.all(ends)).toEqual(Array.from({ length: 8 }, () => ({ code: 0, text: "one\n" })));
    expect(await rig.tool.count()).toBe(1);
    expect(readdirSync(path.join(rig.cacheDir, ".incoming"))).toEqual([]);
  });

  test("with RUNCACHE=read-only, a call takes no lock and waits for none", async () => {
    const locks = path.join(rig.cacheDir, ".locks");
    await rig.runner().exec(METADATA, () => ["true"]);
    using gate = await openGate(rig.temp.join("gate"));
    const ends = [];
    for (const mode of ["read-only", "on", "read-only"]) {
      vi.stubEnv("RUNCACHE", mode);
      ends.push(startCall("exec", gate.dir));
      await gate.arrived();
      expect(readdirSync(locks), mode).toHaveLength(ends.length === 1 ? 0 : 1);
    }
    ends.forEach(() => gate.release());
    expect(await Promise.all(ends)).toEqual(Array(3).fill({ code: 0, text: "one\n" }));
    expect(await rig.tool.count()).toBe(3);
  });

  // Elsewhere nothing tells that a thread ended: its lock is free when it has no heart-beat for a while.
  test.runIf(process.platform === "linux")("what a thread ran that was terminated runs at once again", async () => {
    using gate = await openGate(rig.temp.join("gate"));
    const argv = ["exec", rig.cacheDir, rig.temp.join("runs"), rig.tool.path, input("in.txt"), gate.dir];
    const worker = new Worker(new URL("one-call.mjs", import.meta.url), { argv });
    await gate.arrived();
    await worker.terminate();
    const call = rig
      .runner()
      .exec(METADATA, (io) => [rig.tool.path, "--gate", gate.dir, "--cat", io.input(input("in.txt"))]);
    await gate.arrived();
    gate.release();
    gate.release(); // for the first tool too, where it is not dead yet
    expect((await call).stdout()).toBe("one\n");
    expect(await rig.tool.count()).toBe(2);
  });
});
