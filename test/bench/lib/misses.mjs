// @ts-check
// Prints how many milliseconds the first miss of this process took, and the median of some later ones.
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { median, timed } from "./pairs.mjs";

const [dir = "", laterCount = ""] = process.argv.slice(2);
const runner = new CachingRunner({
  base: new LocalRunner({ dataDir: path.join(dir, "runs") }),
  cacheDir: path.join(dir, "cache"),
  policy: { durability: "none" },
});

/** @param {number} call */
function miss(call) {
  const execution = runner.startExecution({ id: "1", name: "true", package: "bench" });
  execution.params({ call });
  execution.outputFile(".");
  execution.run(["true"]);
}

const first = timed(() => miss(0));
const later = Array.from({ length: Number(laterCount) }, (_, index) => timed(() => miss(index + 1)));
process.stdout.write(JSON.stringify({ first, later: median(later), stored: runner.counters.stored }));
