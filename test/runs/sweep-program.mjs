// A sweep that a test kills: node sweep-program.mjs DIR MODULE threads|processes POINTS
import { jsonlIndex, RunStore } from "@runcache/runs";

const [dir, module, workers, points] = process.argv.slice(2);
const store = new RunStore({ dir, name: "sim", index: jsonlIndex });
const grid = Array.from({ length: Number(points) }, (_, n) => ({ n }));
await store.sweep(grid, { module }, { workers, concurrency: 2 });
