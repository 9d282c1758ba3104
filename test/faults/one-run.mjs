// One synchronous call through the cache, in a process that may be killed at any moment.
// Arguments: cache directory, run directory, tool, input, variant.
import { readFileSync } from "node:fs";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [cacheDir, dataDir, tool, input, variant = "0"] = process.argv.slice(2);
const runner = new CachingRunner({ base: new LocalRunner({ dataDir }), cacheDir });
const execution = runner.startExecution({ id: "1", name: "counting-tool", package: "demo" });
execution.params({ variant });
const file = execution.inputFile(input);
const announced = execution.outputFile("out.txt");
execution.run([
  tool,
  "--copy",
  file,
  "out.txt",
  "--mkdir",
  "sub",
  "--write",
  "sub/two.txt",
  variant,
  "--print",
  variant,
]);
process.stdout.write(`${runner.counters.hit} ${readFileSync(announced, "utf8")}`);
