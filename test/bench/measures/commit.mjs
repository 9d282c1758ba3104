// @ts-check
// A run with much output, made durable, against the same by hand: the tool, `sync` of its output, `b3sum` of it.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { CachingRunner } from "@runcache/core";
import { LocalRunner } from "@runcache/local";
import { makeFile } from "../lib/fixtures.mjs";
import { pairs, ratios, timed } from "../lib/pairs.mjs";

export const rows = [
  {
    id: "commit",
    title: 'miss with 200 MB of output, `durability: "safe"`, against the tool, `sync` and `b3sum` of its output',
    target: { most: 1.3 },
  },
];

const METADATA = { id: "1", name: "cp", package: "bench" };

/** @param {import("../lib/bench.mjs").Bench} bench */
export async function measure({ dir, smoke, count, expect, peer }) {
  const b3sum = peer("b3sum").command;
  const source = makeFile(path.join(dir, "source.bin"), smoke ? 2 ** 20 : 200_000_000);
  const base = new LocalRunner({ dataDir: path.join(dir, "runs") });
  const runner = new CachingRunner({ base, cacheDir: path.join(dir, "cache") });
  let call = 0;
  const miss = () => {
    let root = "";
    const ms = timed(() => {
      const execution = runner.startExecution(METADATA);
      execution.params({ call: call++ });
      root = execution.outputFile(".");
      execution.run(["cp", source, "out.bin"]);
    });
    rmSync(root, { recursive: true });
    return ms;
  };
  const byHand = () => {
    const place = path.join(dir, "by-hand");
    mkdirSync(place);
    const ms = timed(() => {
      for (const [command = "", ...args] of [
        ["cp", source, "out.bin"],
        ["sync", "out.bin"],
        [b3sum, "out.bin"],
      ]) {
        expect(command, spawnSync(command, args, { cwd: place }).status, 0);
      }
    });
    rmSync(place, { recursive: true });
    return ms;
  };
  const { a, b } = await pairs(miss, byHand, { count });
  expect("stored entries", runner.counters.stored, count + 1);
  return [
    {
      id: "commit",
      values: ratios(a, b),
      figures: [
        { name: "miss", unit: "ms", values: a },
        { name: "by hand", unit: "ms", values: b },
      ],
    },
  ];
}
