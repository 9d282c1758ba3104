// What one user of a shared cache does. Arguments: cache directory, input, action, umask. Prints JSON.
import { CachingRunner, openCache } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import path from "node:path";

const [cacheDir = "", input = "", action = "", umask = "", dataDir = ""] = process.argv.slice(2);
process.umask(Number.parseInt(umask, 8));
/** @type {import("@runcache/core").CacheEvent[]} */
const events = [];
/** @param {string} name */
async function call(name) {
  const runner = new CachingRunner({
    base: new LocalRunner({ dataDir }),
    cacheDir,
    onEvent: (event) => events.push(event),
  });
  const result = await runner.exec({ id: "1", name: "copy" }, (io) => [
    "cp",
    io.input(input),
    io.output(`${name}.txt`),
  ]);
  return {
    status: result.status,
    missReason: result.missReason,
    explanation: result.explanation,
    entry: path.basename(result.outputDir),
  };
}
const actions = {
  call: () => call("out"),
  "call another": () => call("another"),
  prune: async () => (await openCache(cacheDir).prune({ maxEntries: 0, keepUsedWithinMs: 0 })).evicted.entries,
};
const result = await actions[/** @type {keyof typeof actions} */ (action)]();
process.stdout.write(JSON.stringify({ result, events: events.map(({ type }) => type) }));
