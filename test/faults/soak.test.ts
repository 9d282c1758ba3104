// FAULTS: everything at once, for ten seconds; `scripts/long-soak.mjs` does it for an hour.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { probes } from "../kit/probes.js";
import { requireOrSkip } from "../kit/skips.js";
import { fault } from "./fault.js";
import { growthOf, riseOf } from "../../scripts/soak/flat.mjs";

const SOAK = fileURLToPath(new URL("../../scripts/long-soak.mjs", import.meta.url));

/** A soak of ten seconds that takes so long hangs. */
const HANGS_MS = 200_000;

const series = (values: number[]) => ({ what: "memory", slack: 10, values });

fault(
  {
    row: 2,
    fault: "everything at once on one cache: hits, misses, prunes, verifications and kill -9",
    behaviour: "nothing wrong is served, and nothing is left behind",
    method: "four processes for ten seconds (an hour by scripts/long-soak.mjs); every output is compared",
  },
  () => {
    const soak = spawnSync(process.execPath, [SOAK, "--smoke"], { encoding: "utf8", timeout: HANGS_MS });
    const { status, stdout, stderr } = soak;
    expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("\n0 problems\n");
  },
  { timeoutMs: 240_000, skip: requireOrSkip("Linux", probes.linux) },
);

test("what grows is told from what settles and from what jitters", () => {
  const times = Array.from({ length: 100 }, (_, index) => index);
  expect(riseOf(times)).toBeCloseTo(49);
  expect(growthOf(series(times.map((time) => 100 + time)))).toContain("memory rises by 49");
  expect(growthOf(series(times.map((time) => 100 + Math.min(time, 40))))).toBeNull();
  expect(growthOf(series(times.map((time) => 100 + 8 * (time % 2))))).toBeNull();
  expect(growthOf(series(times.map((time) => 100 + (time % 50)))), "a heap that is collected").toBeNull();
  expect(growthOf({ ...series([5, 70]), limit: 60 })).toContain("memory is 70");
  expect(growthOf({ ...series(times), limit: 99 })).toBeNull();
});
