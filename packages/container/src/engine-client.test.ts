import { chmod, writeFile } from "node:fs/promises";
import { runBlocking, runUnblocked } from "@runcache/core";
import { describe, expect, test } from "vitest";
import { tempDir } from "../../../test/kit/temp-dir.js";
import { parseAnswer, unavailable } from "./client-answer.js";
import { EngineClient } from "./engine-client.js";

describe.each([
  ["blocking", (client: EngineClient, args: string[]) => Promise.resolve().then(() => runBlocking(client.call(args)))],
  ["not blocking", (client: EngineClient, args: string[]) => runUnblocked(client.call(args))],
])("a call, %s,", (_name, call) => {
  test("brings back the exit code and both streams, whatever the code", async () => {
    const shell = new EngineClient("docker", "sh");
    expect(await call(shell, ["-c", "echo out; echo err >&2; exit 3"])).toEqual({
      status: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect(await call(shell, ["-c", "cat"])).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("of a program that is not there says what to install", async () => {
    const client = new EngineClient("docker", "/nowhere/docker");
    await expect(call(client, ["info"])).rejects.toMatchObject({
      name: "EngineError",
      code: "ERR_RUNCACHE_ENGINE_NOT_FOUND",
      engine: "docker",
      message: expect.stringMatching(/\/nowhere\/docker.*install docker.*dockerExecutable/) as string,
    });
  });

  test("of a file that is no program says so too", async () => {
    await using dir = await tempDir();
    await writeFile(dir.join("docker"), "");
    await chmod(dir.join("docker"), 0o644);
    await expect(call(new EngineClient("docker", dir.join("docker")), [])).rejects.toMatchObject({
      code: "ERR_RUNCACHE_ENGINE_NOT_FOUND",
    });
  });
});

describe("a daemon that hangs", () => {
  const hanging = new EngineClient("docker", "sh");
  const failure = { code: "ERR_RUNCACHE_ENGINE_UNAVAILABLE", engine: "docker" };

  test("is given up", async () => {
    const call = hanging.call(["-c", "exec sleep 60"], { timeoutMs: 1 });
    expect(() => hanging.callSync(["-c", "exec sleep 60"], { timeoutMs: 1 })).toThrow(expect.objectContaining(failure));
    await expect(runUnblocked(call)).rejects.toMatchObject(failure);
  });

  test("does not hold up an abort", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const answer = runUnblocked(hanging.call(["-c", "exec sleep 60"], { signal: controller.signal }));
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
  });
});

test("what is no JSON is no answer of an engine", () => {
  const client = new EngineClient("docker", "my-docker");
  expect(() => parseAnswer(client, { status: 0, stdout: "hello", stderr: "" })).toThrow(
    expect.objectContaining({ code: "ERR_RUNCACHE_ENGINE_UNAVAILABLE" }),
  );
});

test("a client that fails is quoted, with a command to look further", () => {
  const stderr = "warning\nCannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?\n";
  const error = unavailable(new EngineClient("docker", "docker"), { status: 1, stdout: "", stderr });
  expect(error.message).toBe(
    "docker does not answer: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?; see whether 'docker info' works for this user",
  );
});
