import { describe, expect, test } from "vitest";
import { ToolError } from "../types/errors.js";
import type { CacheableExecution, Execution, Metadata, Runner } from "../types/runner.js";
import { GraphRunner } from "./graph-runner.js";

/** A runner that runs nothing: outputs of step n are below /out/<n>. Told beforehand how runs end. */
class PaperRunner implements Runner {
  readonly ends: (("hit" | "miss") | Error)[] = [];
  readonly registered: unknown[] = [];
  #count = 0;

  startExecution(metadata: Metadata): Execution {
    const root = `/out/${this.#count++}`;
    const end = this.ends.shift() ?? "miss";
    const finish = (): void => {
      if (end instanceof Error) throw end;
    };
    const execution: Execution & Pick<CacheableExecution, "runAsync"> & { readonly status: string | undefined } = {
      inputFile: (...args) => {
        this.registered.push(args);
        return `/tool${args[0]}`;
      },
      outputFile: (name) => (name === "." ? root : `${root}/${name}`),
      mutableCopy: (file) => `${root}/${file.split("/").at(-1)}`,
      params: (params) => params,
      run: finish,
      runAsync: async () => {
        await Promise.resolve();
        finish();
        return { exitCode: 0, durationMs: 1, status: end as "hit" | "miss" };
      },
      status: end instanceof Error ? undefined : end,
    };
    expect(metadata.package).toBe("demo");
    return execution;
  }
}

/** Runs a step that reads `inputs` and writes `output`. Returns the path of the output. */
function step(runner: GraphRunner, name: string, inputs: readonly string[], output = "."): string {
  const execution = runner.startExecution({ id: name, name, package: "demo" });
  for (const input of inputs) execution.inputFile(input);
  const path = execution.outputFile(output);
  execution.run([name]);
  return path;
}

test("a step that reads what another one wrote depends on it", () => {
  const runner = new GraphRunner(new PaperRunner());
  const mask = step(runner, "bet", ["/data/t1.nii"], "deep/mask.nii");
  const dir = step(runner, "fast", [mask, "/data/t1.nii"]);
  step(runner, "report", [`${dir}/seg.nii`, `${dir}/bias.nii`, "/out/0/other.nii"]);
  expect(runner.toGraph().edges).toEqual([
    { from: "s0", to: "s1", files: ["/out/0/deep/mask.nii"] },
    { from: "s1", to: "s2", files: ["/out/1/seg.nii", "/out/1/bias.nii"] },
    { from: "s0", to: "s2", files: ["/out/0/other.nii"] },
  ]);
  expect(runner.toGraph().steps[1]).toEqual({
    id: "s1",
    package: "demo",
    name: "fast",
    status: "ran",
    inputs: ["/out/0/deep/mask.nii", "/data/t1.nii"],
    outputs: ["/out/1"],
    outputDir: "/out/1",
  });
});

test("a path that only begins like another step's directory lies not in it", () => {
  const runner = new GraphRunner(new PaperRunner());
  step(runner, "a", []);
  step(runner, "b", ["/out/00/x", "/out"]);
  expect(runner.toGraph().edges).toEqual([]);
});

describe("how steps ended", () => {
  test("cached steps are told from those that ran, blocking or not", async () => {
    const base = new PaperRunner();
    base.ends.push("miss", "hit", "hit");
    const runner = new GraphRunner(base);
    step(runner, "first", []);
    step(runner, "second", []);
    const execution: Execution & Pick<CacheableExecution, "runAsync"> = runner.startExecution({
      id: "1",
      name: "third",
      package: "demo",
    });
    expect(await execution.runAsync?.(["third"])).toMatchObject({ status: "hit" });
    expect(runner.toGraph().steps.map(({ name, status }) => [name, status])).toEqual([
      ["first", "ran"],
      ["second", "cached"],
      ["third", "cached"],
    ]);
  });

  test("a failed step is in the graph, and its error is the caller's", () => {
    const failure = new ToolError({
      commandArgs: ["bad"],
      exitCode: 1,
      signal: null,
      stdoutTail: [],
      stderrTail: [],
    });
    const base = new PaperRunner();
    base.ends.push(failure);
    const runner = new GraphRunner(base);
    expect(() => step(runner, "bad", [])).toThrow(failure);
    expect(runner.toGraph().steps).toMatchObject([{ name: "bad", status: "failed" }]);
  });
});

describe("calls are handed on", () => {
  test("with the options of inputs in the positional form, and what the base answers", () => {
    const base = new PaperRunner();
    const execution = new GraphRunner(base).startExecution({ id: "1", name: "x", package: "demo" });
    expect(execution.inputFile("/a", { mutable: true })).toBe("/tool/a");
    execution.inputFile("/b", true);
    execution.inputFile("/c");
    expect(base.registered).toEqual([
      ["/a", false, true],
      ["/b", true, false],
      ["/c", false, false],
    ]);
    const params = { sigma: 1 };
    expect(execution.params(params)).toBe(params);
  });

  test("a copy of a mutable input is an output", () => {
    const runner = new GraphRunner(new PaperRunner());
    const execution = runner.startExecution({ id: "1", name: "edit", package: "demo" });
    execution.inputFile("/data/a.txt", false, true);
    const copy = execution.mutableCopy?.("/data/a.txt") ?? "";
    execution.run(["edit"]);
    step(runner, "read", [copy]);
    expect(runner.toGraph().edges).toEqual([{ from: "s0", to: "s1", files: ["/out/0/a.txt"] }]);
  });

  test("what the base cannot do, its execution cannot", () => {
    const bare: Runner = {
      startExecution: () => ({
        inputFile: (path) => path,
        outputFile: (name) => `/out/${name}`,
        params: (params) => params,
        run: () => undefined,
      }),
    };
    const execution = new GraphRunner(bare).startExecution({ id: "1", name: "x", package: "demo" });
    expect((execution as Partial<CacheableExecution>).runAsync).toBeUndefined();
    expect(() => execution.mutableCopy?.("/a")).toThrow(expect.objectContaining({ code: "ERR_RUNCACHE_NOT_MUTABLE" }));
  });
});

describe("a graph as text", () => {
  test("JSON is the graph", () => {
    const runner = new GraphRunner(new PaperRunner());
    step(runner, "a", []);
    expect(JSON.parse(JSON.stringify(runner))).toEqual(runner.toGraph());
  });

  test("Mermaid marks cached and failed steps", () => {
    const base = new PaperRunner();
    base.ends.push("miss", "hit");
    const runner = new GraphRunner(base);
    const path = step(runner, "bet", []);
    step(runner, "fast", [path]);
    expect(runner.toMermaid({ direction: "LR" })).toBe(
      [
        "graph LR",
        '  s0["demo/bet"]',
        '  s1["demo/fast (cached)"]:::cached',
        "  s0 --> s1",
        "  classDef cached stroke-dasharray: 4",
        "  classDef failed stroke-width: 4px",
        "",
      ].join("\n"),
    );
  });

  test("names cannot end a label", () => {
    const runner = new GraphRunner(new PaperRunner());
    step(runner, 'a"]\nx', []);
    expect(runner.toMermaid()).toContain('  s0["demo/a#34;#93;#10;x"]\n');
  });
});
