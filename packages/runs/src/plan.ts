import type { Engine } from "./engine.js";
import { checkGrid, chunksOf } from "./chunks.js";

/** What a sweep would find. */
export interface RunPlan {
  readonly total: number;
  /** Runs that are there. */
  readonly present: number;
  /** Different runs that a sweep would make. */
  readonly missing: number;
  /** Points of the grid that equal an earlier one. */
  readonly repeated: number;
  /** Seconds that the missing ones would take one after the other; null where no earlier run tells. */
  readonly estimatedSeconds: number | null;
}

/** So many of the latest runs say what one costs. */
const LATEST = 1000;
const CHUNK = 500;

export async function planRuns(engine: Engine, grid: Iterable<unknown> | AsyncIterable<unknown>): Promise<RunPlan> {
  checkGrid(grid);
  const seen = new Set<string>();
  let [total, present] = [0, 0];
  for await (const chunk of chunksOf(grid, CHUNK)) {
    const ids = chunk.map((params) => engine.ask(params).id);
    total += ids.length;
    const fresh = ids.filter((id) => !seen.has(id) && seen.add(id));
    const rows = await engine.index.use((index) => index.find(fresh));
    for (const id of fresh) {
      const row = rows.get(id);
      if ((row !== undefined && engine.confirm(row)) || engine.entryRow(id) !== null) present++;
    }
  }
  const missing = seen.size - present;
  return { total, present, missing, repeated: total - seen.size, estimatedSeconds: await estimate(engine, missing) };
}

async function estimate({ index }: Engine, missing: number): Promise<number | null> {
  if (missing === 0) return 0;
  const orderBy = [{ field: { kind: "built-in", name: "createdAt" }, descending: true }] as const;
  const rows = await index.use((asked) => asked.query({ orderBy, limit: LATEST }));
  const took = rows.map(({ elapsedSeconds }) => elapsedSeconds).filter((seconds) => seconds > 0);
  return took.length === 0 ? null : (missing * took.reduce((sum, seconds) => sum + seconds, 0)) / took.length;
}
