// What a user writes first, in plain JavaScript: node run-twice.mjs TOOL INPUT CACHE
import { readFile } from "node:fs/promises";
import process from "node:process";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";

const [tool, input, cacheDir] = process.argv.slice(2);
const runner = new CachingRunner({ base: new LocalRunner(), cacheDir });

const statuses = [];
let text;
for (let run = 0; run < 2; run += 1) {
  const result = await runner.exec({ id: "consumer-1", name: "counting-tool" }, (io) => [
    tool,
    "--copy",
    io.input(input),
    io.output("copy.txt"),
  ]);
  statuses.push(result.status);
  text = await readFile(result.output("copy.txt"), "utf8");
}
process.stdout.write(JSON.stringify({ statuses, text }));
