// @ts-check
// One of several processes that make the same call: says "ready", waits for a word, calls, says "done".
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [dir = "", tool = "", key = ""] = process.argv.slice(2);
const base = new LocalRunner({ dataDir: path.join(dir, "runs") });
const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache"), policy: { extra: key } });

process.once("message", () => {
  const execution = runner.startExecution({ id: "1", name: "sleeper", package: "bench" });
  execution.params({});
  execution.outputFile("out.txt");
  execution.run([tool]);
  process.send?.("done");
});
process.send?.("ready");
