// Two equal calls of many-files.mjs through the cache, in a process of its own, which remembers nothing.
// Arguments: cache directory, run directory, input, durability. Prints how each was served, and what of it is wrong.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { contentOf, names } from "./many-files-content.mjs";

const [cacheDir, dataDir, input, durability] = process.argv.slice(2);
const tool = fileURLToPath(new URL("many-files.mjs", import.meta.url));
const runner = new CachingRunner({ base: new LocalRunner({ dataDir }), cacheDir, policy: { durability } });
process.stdout.write(JSON.stringify([await call(), await call()]));

async function call() {
  const result = await runner.exec({ id: "1", name: "many-files" }, (io) => {
    for (const name of names) io.output(name);
    return [tool, io.input(input)];
  });
  const seed = readFileSync(input, "utf8").trim();
  const wrong = names.filter((name) => !readFileSync(result.output(name)).equals(contentOf(seed, name)));
  const { status, missReason, outputDir } = result;
  return { status, missReason, outputDir, wrong };
}
