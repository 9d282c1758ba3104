import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { LaunchError } from "@runcache/core";
import { describe, expect, it } from "vitest";
import { FORMS } from "./forms.js";
import { shell, type Bench } from "./runner-under-test.js";

/** How tools fail, and how they are stopped. */
export function testFailures(bench: Bench): void {
  describe.each(FORMS)("a failure in %s", (_, form) => {
    it("is a ToolError with the exit code, the command and the last 40 lines of both streams", async () => {
      const script = "i=0; while [ $i -lt 50 ]; do echo out $i; echo err $i >&2; i=$((i + 1)); done; exit 3";
      const cargs = shell(script);
      const numbers = Array.from({ length: 40 }, (_line, index) => index + 10);
      await expect(form(bench.start(), cargs)).rejects.toMatchObject({
        name: "ToolError",
        code: "ERR_RUNCACHE_TOOL_FAILED",
        exitCode: 3,
        returnCode: 3,
        signal: null,
        commandArgs: cargs,
        stdoutTail: numbers.map((number) => `out ${number}`),
        stderrTail: numbers.map((number) => `err ${number}`),
      });
    });

    it("comes after all that the tool said", async () => {
      const lines: string[] = [];
      await expect(form(bench.start(), shell("echo last words; exit 1"), (line) => lines.push(line))).rejects.toThrow();
      expect(lines).toEqual(["last words"]);
    });

    it("by a signal is told as one, or as shells do", async () => {
      const failure = bench.has("signals") ? { exitCode: null, signal: "SIGKILL" } : { exitCode: 137, signal: null };
      await expect(form(bench.start(), shell("kill -s KILL $$"))).rejects.toMatchObject({
        code: "ERR_RUNCACHE_TOOL_FAILED",
        ...failure,
      });
    });

    it("to find the tool says so, and is none of the tool", async () => {
      const error: unknown = await form(bench.start(), ["no-such-tool"]).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(LaunchError);
      expect(error).toMatchObject({ code: "ERR_RUNCACHE_TOOL_NOT_FOUND" });
    });
  });

  it("ends a tool that is aborted, with all that it started, and rejects with the reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const execution = bench.start();
    const lifeline = new Lifeline(`${execution.outputDir}/lifeline`);
    // The tool and its child hold the pipe open as long as they live.
    const script = "mkfifo lifeline; echo made; exec 9>lifeline; echo opened; sleep 1000 & sleep 1000";
    const run = execution.runAsync(shell(script), {
      signal: controller.signal,
      onStdout: (line) => {
        if (line === "made") lifeline.open();
        if (line !== "opened") return;
        lifeline.follow();
        controller.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    await lifeline.closed;
  });

  it("does not start what was aborted before", async () => {
    const reason = new Error("no more");
    const run = bench.start().runAsync(shell("echo x >out.txt"), { signal: AbortSignal.abort(reason) });
    await expect(run).rejects.toBe(reason);
  });
}

/** Reads a named pipe to its end, which comes when nobody holds it open any more. */
class Lifeline {
  readonly closed: Promise<void>;
  readonly #path: string;
  #fd = -1;
  #close!: () => void;

  constructor(path: string) {
    this.#path = path;
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  /** Lets a writer open it. */
  open(): void {
    this.#fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** A writer has opened it. */
  follow(): void {
    const socket = new Socket({ fd: this.#fd, readable: true, writable: false });
    socket.resume().once("close", this.#close);
  }
}
