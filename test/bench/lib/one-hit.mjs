// @ts-check
// One call in a process of its own. Prints what came of it: "miss" the first time, "hit" from then on.
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [dir = ""] = process.argv.slice(2);
const base = new LocalRunner({ dataDir: path.join(dir, "runs") });
const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache") });
const execution = runner.startExecution({ id: "1", name: "true", package: "bench" });
execution.params({});
execution.outputFile(".");
execution.run(["true"]);
process.stdout.write(runner.counters.hit === 1 ? "hit" : "miss");
