// One call of the counting tool through the cache, as one process of several. Prints the output.
import { readFileSync } from "node:fs";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [form, cacheDir, dataDir, tool, input, gate] = process.argv.slice(2);
const runner = new CachingRunner({ base: new LocalRunner({ dataDir }), cacheDir });
const metadata = { id: "wrapper-1", name: "counting-tool", package: "demo" };

if (form === "exec") {
  const call = await runner.exec(metadata, (io) => [tool, "--gate", gate, "--cat", io.input(input)]);
  process.stdout.write(call.stdout());
} else {
  const execution = runner.startExecution(metadata);
  const file = execution.inputFile(input);
  const announced = execution.outputFile("out.txt");
  const cargs = [tool, "--gate", gate, "--copy", file, "out.txt"];
  if (form === "run") execution.run(cargs);
  else await execution.runAsync(cargs);
  process.stdout.write(readFileSync(announced));
}
