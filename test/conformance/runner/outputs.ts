import { existsSync } from "node:fs";
import { access, constants, readFile, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { FORMS, linesOf } from "./forms.js";
import { shell, type Bench } from "./runner-under-test.js";

/** Where tools write. */
export function testOutputs(bench: Bench): void {
  describe.each(FORMS)("outputs of %s", (_, form) => {
    it("are where outputFile said before the run, and nothing stands beside them", async () => {
      const execution = bench.start();
      const announced = execution.outputFile("sub/out.txt");
      const root = execution.outputFile(".");
      await form(execution, shell("mkdir sub && echo result >sub/out.txt"));
      expect(await readFile(announced, "utf8")).toBe("result\n");
      expect(await readdir(root, { recursive: true })).toEqual(["sub", "sub/out.txt"]);
    });

    it("come from an empty working directory", async () => {
      expect(await linesOf(form, bench.start(), shell("ls -A"))).toEqual([]);
    });

    it("go where outputDir says", async () => {
      const execution = bench.start();
      execution.outputDir = bench.path("elsewhere");
      await form(execution, shell("echo result >out.txt"));
      expect(await readFile(bench.path("elsewhere", "out.txt"), "utf8")).toBe("result\n");
      expect(existsSync(bench.path("data"))).toBe(false);
    });

    it("of two executions lie apart", async () => {
      const runner = bench.runner();
      const announced: string[] = [];
      for (const word of ["one", "two"]) {
        const execution = runner.startExecution(bench.metadata);
        announced.push(execution.outputFile("out.txt"));
        execution.run(shell('echo "$1" >out.txt', word));
      }
      expect(await Promise.all(announced.map((name) => readFile(name, "utf8")))).toEqual(["one\n", "two\n"]);
    });

    it("are the user's to read and to remove", async () => {
      const execution = bench.start();
      const announced = execution.outputFile("sub/out.txt");
      await form(execution, shell("mkdir -m 755 sub && echo result >sub/out.txt && chmod 644 sub/out.txt"));
      await access(announced, constants.R_OK);
      await rm(execution.outputDir, { recursive: true });
    });
  });

  it("makes no directory before the run", async () => {
    const inputs = await bench.inputs({ "a.txt": "" });
    const execution = bench.start();
    execution.inputFile(path.join(inputs, "a.txt"), false, true);
    execution.outputFile("out.txt");
    expect(existsSync(bench.path("data"))).toBe(false);
  });

  it("refuses a tool that is told to write to an announced path", () => {
    const execution = bench.start();
    const announced = execution.outputFile("out.txt");
    expect(() => execution.run(shell('echo x >"$1"', announced))).toThrow(
      expect.objectContaining({ code: "ERR_RUNCACHE_ANNOUNCED_ARGUMENT" }),
    );
  });
}
