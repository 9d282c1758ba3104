// @ts-check
// What importing costs, and a hit that is a whole process, in units of a Node process that does nothing.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeFile, makeTool } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";

export const rows = [
  { id: "import", title: "a process that imports `@runcache/core`, against `node -e 0`" },
  {
    id: "command-hit",
    title: "a hit of the command `runcache run`, against `node -e 0`",
    target: { most: 1.5 },
  },
  { id: "process-hit", title: "a process that imports `@runcache/core` and makes a hit, against `node -e 0`" },
];

const HERE = fileURLToPath(new URL("..", import.meta.url));
const COMMAND = path.resolve(HERE, "../../packages/cli/dist/bundle/runcache.cjs");
const HIT = path.join(HERE, "lib/one-hit.mjs");

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect }) {
  const node = (/** @type {readonly string[]} */ args) => {
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: HERE, encoding: "utf8" });
    expect(`exit code of node ${args.join(" ")}`, status, 0);
    return stdout;
  };
  const nothing = () => timed(() => node(["-e", "0"]));
  const imports = () => timed(() => node(["--input-type=module", "-e", 'import "@runcache/core"']));
  const hit = () => timed(() => expect("outcome", node([HIT, dir]), "hit"));
  node([HIT, dir]);
  const command = commandHits(dir, expect);
  const pairCount = smoke ? 1 : Math.max(count, 15);
  const imported = await pairs(imports, nothing, { count: pairCount });
  const commanded = await pairs(command, nothing, { count: pairCount });
  const served = await pairs(hit, nothing, { count: pairCount });
  return [
    { id: "import", values: ratios(imported.a, imported.b), figures: figures("import", imported) },
    { id: "command-hit", values: ratios(commanded.a, commanded.b), figures: figures("hit", commanded) },
    { id: "process-hit", values: ratios(served.a, served.b), figures: figures("hit", served) },
  ];
}

/**
 * Hits of the command, which puts one output back.
 * @param {string} dir
 * @param {import("../lib/bench.mjs").Bench["expect"]} expect
 */
function commandHits(dir, expect) {
  const place = path.join(dir, "command");
  mkdirSync(place, { recursive: true });
  const input = makeFile(path.join(place, "input.bin"), 2 ** 10);
  const tool = makeTool(path.join(place, "bin"));
  const words = [COMMAND, "run", "--cache", path.join(place, "cache"), "--out", "out1.txt", "--", tool.path, input];
  const run = () => {
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: place, encoding: "utf8" });
    expect(`exit code of the command (${stderr.trim()})`, status, 0);
  };
  return () => {
    rmSync(path.join(place, "out1.txt"), { force: true });
    const ms = timed(run);
    expect("runs of the tool", tool.runs(), 1);
    return ms;
  };
}

/**
 * @param {string} name
 * @param {{ a: number[], b: number[] }} times
 */
function figures(name, { a, b }) {
  return [
    { name, unit: "ms", values: a },
    { name: "node -e 0", unit: "ms", values: b },
  ];
}
