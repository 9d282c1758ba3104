// Hits on one entry of six outputs and two streams. Arguments: cache directory, input, tool, number of hits.
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [cacheDir, input, tool, hits] = process.argv.slice(2);
const runner = new CachingRunner({ base: new LocalRunner(), cacheDir });
const names = ["a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt"];
for (let call = 0; call < Number(hits); call++) {
  const execution = runner.startExecution({ id: "1", name: "tool", package: "demo" });
  execution.params({ sigma: 1.5 });
  execution.inputFile(input);
  for (const name of [".", ...names]) execution.outputFile(name);
  const lines = [];
  execution.run(
    [tool, ...names.flatMap((name) => ["--write", name, name]), "--print", "out", "--print-error", "err"],
    (line) => lines.push(line),
    (line) => lines.push(line),
  );
  if (lines.join() !== "out,err") throw new Error(`the streams were ${lines.join()}`);
}
process.stdout.write(`${runner.counters.hit}`);
