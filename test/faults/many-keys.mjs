// Many keys through the cache, in an order of its own. Arguments: as of one-run.mjs, then keys, worker.
import { readFileSync } from "node:fs";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [cacheDir, dataDir, tool, input, keys, worker] = process.argv.slice(2);
const runner = new CachingRunner({ base: new LocalRunner({ dataDir }), cacheDir });
let served = 0;
for (let index = 0; index < Number(keys); index++) {
  const variant = (index + Number(worker) * 13) % Number(keys);
  const execution = runner.startExecution({ id: "1", name: "counting-tool", package: "demo" });
  execution.params({ key: variant });
  const file = execution.inputFile(input);
  const announced = execution.outputFile("out.txt");
  execution.run([tool, "--copy", file, "out.txt"]);
  if (readFileSync(announced, "utf8") === "one\n") served++;
}
process.stdout.write(`${served} served\n`);
