import { ToolError } from "@runcache/core";
import { EngineError, type ContainerRunner } from "@runcache/container";
import { describe, expect, test } from "vitest";
import { BUSYBOX, engines, toolIn, SLOW } from "./engines.js";

/** What running `cargs` throws, blocking and not: the same. */
async function failure(runner: ContainerRunner, image: string, cargs: string[]): Promise<unknown> {
  const thrown: unknown[] = [];
  try {
    runner.startExecution(toolIn(image)).run(cargs);
  } catch (error) {
    thrown.push(error);
  }
  await runner
    .startExecution(toolIn(image))
    .runAsync(cargs)
    .catch((error: unknown) => thrown.push(error));
  expect(thrown).toHaveLength(2);
  expect((thrown[0] as Error).name).toBe((thrown[1] as Error).name);
  return thrown[0];
}

describe.each(engines)("$name", (engine) => {
  describe.skipIf(engine.missing)("tells its own failures from the tool's", SLOW, () => {
    const runner = engine.makeRunner();

    test.each([1, 125, 126, 127, 255])("a tool that exits with %i failed itself", async (code) => {
      const error = await failure(runner, BUSYBOX, ["sh", "-c", `echo why >&2; exit ${code}`]);
      expect(error).toBeInstanceOf(ToolError);
      expect(error).toMatchObject({ exitCode: code, returnCode: code, signal: null, stderrTail: ["why"] });
    });

    test("a tool that a signal ended exits with 128 and its number", async () => {
      const error = await failure(runner, BUSYBOX, ["sh", "-c", "kill -SEGV $$"]);
      expect(error).toMatchObject({ name: "ToolError", exitCode: 128 + 11 });
    });

    test("a tool that the image does not have is named, with the image", async () => {
      const error = await failure(runner, BUSYBOX, ["no-such-tool", "x"]);
      expect(error).toBeInstanceOf(EngineError);
      expect(error).toMatchObject({
        code: "ERR_RUNCACHE_TOOL_NOT_FOUND",
        message: expect.stringMatching(/runcache-test\/busybox:1.*"no-such-tool".*imageOverrides/) as string,
      });
    });

    test("a file that is no program is no tool", async () => {
      expect(await failure(runner, BUSYBOX, ["/etc/passwd"])).toMatchObject({ code: "ERR_RUNCACHE_TOOL_NOT_FOUND" });
    });

    test("an image without a shell is refused in words", async () => {
      expect(await failure(runner, "runcache-test/noshell:1", ["echo", "hello"])).toMatchObject({
        name: "EngineError",
        code: "ERR_RUNCACHE_ENGINE_REFUSED",
        engine: engine.name,
        message: expect.stringMatching(/runcache-test\/noshell:1.*needs a shell/) as string,
      });
    });

    test("arguments that it does not know are quoted in its own words", async () => {
      const error = await failure(engine.makeRunnerWith(["--no-such-option"]), BUSYBOX, ["true"]);
      expect(error).toMatchObject({
        code: "ERR_RUNCACHE_ENGINE_REFUSED",
        message: expect.stringContaining("--no-such-option") as string,
      });
    });

    test("an image that went away between two runs is its failure", async () => {
      const error = await failure(engine.makeRunner({ pull: "never" }), "runcache-test/never-was:1", ["true"]);
      expect(error).toMatchObject({ name: "EngineError" });
    });
  });

  describe.skipIf(engine.missing)("says at once", SLOW, () => {
    test("that a variable cannot be carried into a container", () => {
      const execution = engine.makeRunner({ environ: { "A-B": "x" } }).startExecution(toolIn(BUSYBOX));
      expect(() => execution.run(["true"])).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_ENVIRON_NAME" }));
    });

    test("that a name is no image", () => {
      const execution = engine.makeRunner().startExecution(toolIn("--privileged"));
      expect(() => execution.image()).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_IMAGE_NAME" }));
    });
  });
});
