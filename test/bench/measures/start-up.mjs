// @ts-check
// What importing costs, and a hit that is a whole process, in units of a Node process that does nothing.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { pairs, ratios, timed } from "../lib/pairs.mjs";

export const rows = [
  { id: "import", title: "a process that imports `@runcache/core`, against `node -e 0`" },
  { id: "process-hit", title: "a process that imports `@runcache/core` and makes a hit, against `node -e 0`" },
];

const HERE = fileURLToPath(new URL("..", import.meta.url));
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
  const pairCount = smoke ? 1 : Math.max(count, 15);
  const imported = await pairs(imports, nothing, { count: pairCount });
  const served = await pairs(hit, nothing, { count: pairCount });
  return [
    { id: "import", values: ratios(imported.a, imported.b), figures: figures("import", imported) },
    { id: "process-hit", values: ratios(served.a, served.b), figures: figures("hit", served) },
  ];
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
