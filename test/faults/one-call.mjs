import { readFileSync } from "node:fs";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

/**
 * One synchronous call through the cache.
 * @param {readonly string[]} args cache directory, run directory, tool, input, variant, and a gate that the tool waits at
 * @returns {string} the number of hits, a space, and the output
 */
export function oneCall([cacheDir = "", dataDir = "", tool = "", input = "", variant = "0", gate]) {
  const runner = new CachingRunner({ base: new LocalRunner({ dataDir }), cacheDir });
  const execution = runner.startExecution({ id: "1", name: "counting-tool", package: "demo" });
  execution.params({ variant });
  const file = execution.inputFile(input);
  const announced = execution.outputFile("out.txt");
  const outputs = ["--copy", file, "out.txt", "--mkdir", "sub", "--write", "sub/two.txt", variant];
  /** @type {string[]} */
  const lines = [];
  const waiting = gate === undefined ? [] : ["--gate", gate];
  execution.run([tool, ...waiting, ...outputs, "--print", variant], (line) => void lines.push(line));
  if (lines.join() !== variant) throw new Error(`standard output was ${JSON.stringify(lines)}, not ${variant}`);
  return `${runner.counters.hit} ${readFileSync(announced, "utf8")}`;
}
