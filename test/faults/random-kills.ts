import { expect } from "vitest";
import type { Figures } from "./fault.js";
import { stagingLeft } from "./invariants.js";
import type { FaultRig } from "./rig.js";

const WORKERS = 4;
const KEYS = 25;

/** So many rounds go by before the length of a life is measured again: the machine gets busy, and idle. */
const ROUNDS_A_MEASURE = 20;

/**
 * Starts four calls on 25 keys and kills each at a random moment of its life, `rounds` times; checks the
 * cache between. Some calls come to their end before; now and then a round is left alone, to see how long a life is.
 */
export async function randomKills(rig: FaultRig, rounds: number): Promise<Figures> {
  const figures = { rounds, calls: 0, killed: 0, hits: 0, misses: 0, leftovers: 0 };
  let lifeMs = 0;
  for (let round = 0; round < rounds; round++) {
    const isMeasure = round % ROUNDS_A_MEASURE === 0;
    const lives = Array.from({ length: WORKERS }, async () => {
      const startMs = performance.now();
      const { ended, kill } = rig.start(String(Math.floor(Math.random() * KEYS)));
      // The first third is Node's own start.
      const timer = isMeasure ? undefined : setTimeout(() => kill("SIGKILL"), lifeMs * (0.3 + Math.random()));
      const said = await ended;
      clearTimeout(timer);
      figures.calls += 1;
      if (said === "" && !isMeasure) figures.killed += 1;
      else if (said === "1 one\n") figures.hits += 1;
      else if (said === "0 one\n") figures.misses += 1;
      else throw new Error(`a call that was not killed said ${JSON.stringify(said)}`);
      return performance.now() - startMs;
    });
    const lengths = await Promise.all(lives);
    if (isMeasure) lifeMs = Math.max(...lengths);
    figures.leftovers += stagingLeft(rig.cacheDir).length;
    // Entries are taken away again: else there would be hits only, which change little.
    if (round % 5 === 4) await rig.check();
    if (round % 10 === 9) rig.forget();
  }
  expect(figures.killed, "some were killed").toBeGreaterThan(0);
  expect(figures.hits + figures.misses, "some came to their end").toBeGreaterThan(0);
  for (let key = 0; key < KEYS; key++) rig.serve(String(key));
  await rig.check();
  return figures;
}
