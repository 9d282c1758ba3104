// FAULTS §2c, row 44: caches of very many entries.
import { readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { openCache } from "@runcache/core";
import { describe, expect } from "vitest";
import { fillCache } from "../bench/lib/fill-cache.mjs";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault, isLong } from "./fault.js";
import { makeFaultRig, type FaultRig } from "./rig.js";

const noLinux = requireOrSkip("Linux", probes.linux);
const FEW = 1_000;
const MANY = isLong ? 1_000_000 : 20_000;

/** What one entry may add to the memory of a process: a number of each kind that a prune plans by, and room to sort them. */
const BYTES_AN_ENTRY = 80;
/** What the collector of garbage may let stand, however many entries there are. */
const SLACK_MIB = 24;

/** Host path of an entry that a call of a tool made, for others to be made like it. */
async function makeTemplate(rig: FaultRig): Promise<string> {
  const input = rig.temp.join("data/in.txt");
  const { outputDir } = await rig
    .runner()
    .exec({ id: "1", name: "cp" }, (io) => ["cp", io.input(input), io.output("out.txt")]);
  return outputDir;
}

/** Walks, counts, plans and prunes all but what was just used, in a process of its own. */
function workThrough(rig: FaultRig): Record<string, number> {
  const args = [rig.cacheDir, '{"maxEntries":0}'];
  const { stdout, stderr, status } = rig.runProgram("many-entries.mjs", args, { hangsMs: 100_000 + 4 * MANY });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return JSON.parse(stdout) as Record<string, number>;
}

describe("very many entries", () => {
  fault(
    {
      row: 44,
      fault: "a walk, statistics, a plan by cost and a prune of very many entries",
      behaviour: "take memory that does not grow with their number, but for some bytes an entry",
      method: "the most memory of a process for 20,000 entries (a million in the long run), against that for 1,000",
    },
    async () => {
      await using rig = await makeFaultRig();
      const template = await makeTemplate(rig);
      const peaks = [FEW, MANY].map((count) => {
        fillCache({ cacheDir: rig.cacheDir, template, count });
        const { peakMiB = NaN, ...found } = workThrough(rig);
        expect(found).toEqual({ walked: count + 1, entries: count + 1, planned: count, evicted: count });
        return peakMiB;
      });
      const [few = NaN, many = NaN] = peaks;
      expect(many - few).toBeLessThan(SLACK_MIB + (MANY * BYTES_AN_ENTRY) / 2 ** 20);
      await rig.check();
      return { entries: MANY, peakMiB: Math.round(many), peakMiBOfAThousand: Math.round(few) };
    },
    { skip: noLinux, timeoutMs: 240_000 },
  );
  fault(
    {
      row: 44,
      fault: "entries that go away ahead of a walk",
      behaviour: "are not in it: the walk reads one shard at a time",
      method: "the other shards are moved away when the first entry has come",
    },
    async () => {
      await using rig = await makeFaultRig();
      fillCache({ cacheDir: rig.cacheDir, template: await makeTemplate(rig), count: FEW });
      const seen: string[] = [];
      for await (const { key } of openCache(rig.cacheDir).entries()) {
        seen.push(key);
        if (seen.length > 1) continue;
        const others = readdirSync(rig.cacheDir).filter((name) => /^[0-9a-f]{2}$/.test(name) && !key.startsWith(name));
        expect(others.length).toBeGreaterThan(200);
        for (const name of others) renameSync(path.join(rig.cacheDir, name), rig.temp.join(`away-${name}`));
      }
      const [first = ""] = seen;
      const shard = path.join(rig.cacheDir, first.slice(0, 2));
      expect(seen.sort()).toEqual(readdirSync(shard).sort());
      await rig.check();
    },
  );
});
