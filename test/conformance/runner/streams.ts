import { closeSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { FORMS, linesOf } from "./forms.js";
import { shell, type Bench } from "./runner-under-test.js";

/** What tools say, and what they are told. */
export function testStreams(bench: Bench): void {
  describe.each(FORMS)("streams of %s", (_, form) => {
    it("come line by line, each to its handler, empty lines and the last partial one kept", async () => {
      const [out, err]: [string[], string[]] = [[], []];
      const script = "printf 'one\\n\\n  two \\nthree'; printf 'a\\n\\nb' >&2";
      await form(
        bench.start(),
        shell(script),
        (line) => out.push(line),
        (line) => err.push(line),
      );
      expect(out).toEqual(["one", "", "  two ", "three"]);
      expect(err).toEqual(["a", "", "b"]);
    });

    it("keep carriage returns, and show what is not UTF-8 as U+FFFD", async () => {
      const lines = await linesOf(form, bench.start(), shell("printf 'a\\r\\n\\303\\251\\n\\377b\\n'"));
      expect(lines).toEqual(["a\r", "é", "\uFFFDb"]);
    });

    it("are whole, however much it is", async () => {
      const script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i + 1)); done";
      const lines = await linesOf(form, bench.start(), shell(script));
      expect(lines).toEqual(Array.from({ length: 20_000 }, (_line, index) => `line ${index}`));
    });

    it("need no handler", async () => {
      await form(bench.start(), shell("echo out; echo err >&2"));
    });

    it("give the tool no input", async () => {
      expect(await linesOf(form, bench.start(), ["cat"])).toEqual([]);
    });

    it("pass arguments on as they are", async () => {
      const words = ["", " a  b ", "it's", '"', "$HOME", "`x`", "\\", "*", "-n", "ü€", "a\nb"];
      const lines = await linesOf(form, bench.start(), shell('for word; do printf "[%s]" "$word"; done', ...words));
      expect(lines.join("\n")).toBe(words.map((word) => `[${word}]`).join(""));
    });
  });

  it("hands out lines while the tool runs", async () => {
    const execution = bench.start();
    const script = "echo one; until [ -e go ]; do sleep 0.02; done; echo two";
    const lines: string[] = [];
    await execution.runAsync(shell(script), {
      onStdout: (line) => {
        lines.push(line);
        if (line === "one") closeSync(openSync(`${execution.outputDir}/go`, "w")); // it waits for this
      },
    });
    expect(lines).toEqual(["one", "two"]);
  });

  it("reads standard input from a file", async () => {
    await writeFile(bench.path("in.txt"), "b\na\n");
    const lines: string[] = [];
    await bench.start().runAsync(["sort"], { stdin: bench.path("in.txt"), onStdout: (line) => lines.push(line) });
    expect(lines).toEqual(["a", "b"]);
  });

  it("captures both streams byte for byte, blocking or not", async () => {
    const cargs = shell("printf 'a\\r\\n\\377\\000b'; printf 'c' >&2");
    for (const blocking of [true, false]) {
      const [stdoutFd, stderrFd] = [openSync(bench.path("stdout"), "w"), openSync(bench.path("stderr"), "w")];
      const execution = bench.start();
      const request = { cargs, stdin: null, stdoutFd, stderrFd };
      const result = blocking ? execution.capture(request) : await execution.captureAsync(request);
      closeSync(stdoutFd);
      closeSync(stderrFd);
      expect(result.exitCode).toBe(0);
      expect(result.durationMs).toBeGreaterThan(0);
      expect(await readFile(bench.path("stdout"))).toEqual(Buffer.from([0x61, 0x0d, 0x0a, 0xff, 0x00, 0x62]));
      expect(await readFile(bench.path("stderr"), "utf8")).toBe("c");
    }
  });
}
