// @ts-check
// A hit in a process that runs already, against peers for which a hit is a whole process.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { NotMeasured } from "../lib/bench.mjs";
import { makeFile, makeTool, METADATA } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";
import { benchTool } from "../lib/wrapper.mjs";
import { PROJECTS } from "../peers/whole-process.mjs";

export const rows = Object.keys(PROJECTS).map((name) => ({
  id: `process-${idOf(name)}`,
  title: `in-process hit against the whole-process hit of ${titleOf(name)}: times as fast`,
}));

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure(bench) {
  const { dir, smoke, count } = bench;
  const input = makeFile(path.join(dir, "input.bin"), 2 ** 10);
  const tool = makeTool(path.join(dir, "bin"));
  const base = new LocalRunner({ dataDir: path.join(dir, "runs") });
  const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache") });
  const rounds = smoke ? 10 : 200;
  const ours = () =>
    timed(() => {
      for (let round = 0; round < rounds; round++) benchTool({ input }, { runner, tool: METADATA.name });
    }) / rounds;
  ours();
  const results = [];
  for (const name of Object.keys(PROJECTS)) {
    const id = `process-${idOf(name)}`;
    try {
      const { a, b } = await pairs(ours, peerHits(bench, name), { count: smoke ? 1 : count });
      results.push({
        id,
        values: ratios(b, a),
        figures: [
          { name: "runcache", unit: "ms", values: a },
          { name: titleOf(name), unit: "ms", values: b },
        ],
      });
    } catch (error) {
      if (!(error instanceof NotMeasured)) throw error;
      results.push({ id, notMeasured: error.message });
    }
  }
  bench.expect("runs of the tool", tool.runs(), 1);
  return results;
}

/**
 * A hit of the peer, which restores the output that is not there.
 * @param {import("../lib/bench.mjs").Bench} bench
 * @param {string} name
 */
function peerHits({ dir, peer, expect }, name) {
  const place = path.join(dir, idOf(name));
  const found = peer(name);
  mkdirSync(place);
  const { command, args, env, output, runs } = /** @type {NonNullable<typeof PROJECTS[string]>} */ (PROJECTS[name])(
    found,
    place,
  );
  const call = () => {
    if (output !== null) rmSync(path.join(place, output), { recursive: true, force: true });
    const ms = timed(() => {
      const { status, stderr } = spawnSync(command, args, {
        cwd: place,
        env: { ...process.env, ...env },
        encoding: "utf8",
      });
      expect(`exit code of ${name} (${stderr})`, status, 0);
    });
    expect(`output under ${name}`, output === null || existsSync(path.join(place, output)), true);
    return ms;
  };
  call();
  expect(`runs of the command under ${name}`, runs(), 1);
  return () => {
    const ms = call();
    expect(`runs of the command under ${name}`, runs(), 1);
    return ms;
  };
}

/** @param {string} name */
function titleOf(name) {
  return name === "@moonrepo/cli" ? "moon" : name;
}

/** @param {string} name */
function idOf(name) {
  return titleOf(name);
}
