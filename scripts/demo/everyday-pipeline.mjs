// @ts-check
// Tools that every Linux and macOS machine has, and every small image: sort, awk, gzip.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { timedStep } from "./timed-step.mjs";

/**
 * @param {string} dir
 * @returns {import("./pipeline.d.mts").Pipeline}
 */
export function everydayPipeline(dir) {
  const input = path.join(dir, "data", "numbers.txt");
  let most = 100_000;
  return {
    title: "sort → awk → gzip",
    parameterChange: "awk -v most=100000 → 50000",
    inputChange: "one line more",
    prepare() {
      mkdirSync(path.dirname(input), { recursive: true });
      const numbers = Array.from({ length: 200_000 }, (_, index) => `${(index * 7919) % 200_003}\n`);
      writeFileSync(input, numbers.join(""));
    },
    async *steps(exec) {
      const sorted = await timedStep("sort", "sorted.txt", () =>
        exec({ id: "1", name: "sort" }, (io) => ["sort", "-n", "-o", io.output("sorted.txt"), io.input(input)]),
      );
      yield sorted;
      const first = await timedStep("awk", "first.txt", () =>
        exec({ id: "1", name: "awk" }, (io) => {
          const program = `NR <= most { print > "${io.output("first.txt")}" }`;
          return ["awk", "-v", `most=${most}`, program, io.input(sorted.result.output("sorted.txt"))];
        }),
      );
      yield first;
      // gzip replaces the file it is given: a mutable input is a copy of its own, and the caller's file stays.
      yield await timedStep("gzip", "first.txt.gz", () =>
        exec({ id: "1", name: "gzip" }, (io) => {
          io.output("first.txt.gz");
          return ["gzip", "-n", io.input(first.result.output("first.txt"), { mutable: true })];
        }),
      );
    },
    changeParameter: () => void (most = 50_000),
    changeInput: () => appendFileSync(input, "-1\n"), // sorted, it comes first
  };
}
