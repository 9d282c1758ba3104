import { expect } from "vitest";
import type { Figures } from "./fault.js";
import { stagingLeft } from "./invariants.js";
import type { FaultRig } from "./rig.js";

const WORKERS = 4;
const KEYS = 25;

/** Long enough for a run to have come to any of its steps, on a machine that is not too busy. */
const LONGEST_LIFE_MS = 300;

/** Starts four calls on 25 keys and kills each at a random moment, `rounds` times; checks the cache between. */
export async function randomKills(rig: FaultRig, rounds: number): Promise<Figures> {
  const figures = { rounds, calls: 0, killed: 0, hits: 0, misses: 0 };
  for (let round = 1; round <= rounds; round++) {
    const ends = Array.from({ length: WORKERS }, async () => {
      const { ended, kill } = rig.start(String(Math.floor(Math.random() * KEYS)));
      const timer = setTimeout(() => kill("SIGKILL"), Math.random() * LONGEST_LIFE_MS);
      const said = await ended;
      clearTimeout(timer);
      figures.calls += 1;
      if (said === "") figures.killed += 1;
      else if (said === "1 one\n") figures.hits += 1;
      else if (said === "0 one\n") figures.misses += 1;
      else throw new Error(`a call that was not killed said ${JSON.stringify(said)}`);
    });
    await Promise.all(ends);
    if (round % 10 === 0) await rig.check();
  }
  for (let key = 0; key < KEYS; key++) rig.serve(String(key));
  expect(stagingLeft(rig.cacheDir).length, "only what died before it said whose it was").toBeLessThan(rounds);
  await rig.check();
  return figures;
}
