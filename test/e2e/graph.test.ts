import { writeFile } from "node:fs/promises";
import { CachingRunner, GraphRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { expect, test } from "vitest";
import { tempDir } from "../kit/temp-dir.js";

test("a pipeline around the cache is a graph of what ran and what the cache had", async () => {
  await using dir = await tempDir();
  await writeFile(dir.join("names.txt"), "b\na\nb\n");

  /** sort → uniq, and a count of both, as a later process would run it. */
  const runPipeline = (): GraphRunner => {
    const runner = new GraphRunner(new CachingRunner({ base: new LocalRunner(), cacheDir: dir.join("cache") }));
    const step = (
      name: string,
      inputs: readonly string[],
      command: (toolPaths: readonly string[]) => string[],
    ): string => {
      const execution = runner.startExecution({ id: `${name}-1`, name, package: "demo" });
      const toolPaths = inputs.map((input) => execution.inputFile(input));
      const output = execution.outputFile("out.txt");
      execution.run(command(toolPaths));
      return output;
    };
    const sorted = step("sort", [dir.join("names.txt")], ([input = ""]) => ["sort", "-o", "out.txt", input]);
    const unique = step("uniq", [sorted], ([input = ""]) => ["uniq", input, "out.txt"]);
    step("count", [sorted, unique], (both) => ["sh", "-c", 'wc -l "$@" > out.txt', "sh", ...both]);
    return runner;
  };

  const edges = [
    { from: "s0", to: "s1" },
    { from: "s0", to: "s2" },
    { from: "s1", to: "s2" },
  ];
  const first = runPipeline().toGraph();
  expect(first.steps.map(({ name, status }) => [name, status])).toEqual([
    ["sort", "ran"],
    ["uniq", "ran"],
    ["count", "ran"],
  ]);
  expect(first.edges).toMatchObject(edges);

  const again = runPipeline();
  expect(again.toGraph().steps.map(({ status }) => status)).toEqual(["cached", "cached", "cached"]);
  expect(again.toGraph().edges).toEqual(first.edges);
  expect(again.toMermaid()).toContain('s1["demo/uniq (cached)"]:::cached\n');
});
