// A sweep that a test kills: node sweep-program.mjs DIR MODULE threads|processes POINTS INDEX
// INDEX is JSON: what of @runcache/runs makes the index, and what that is called with.
import * as runs from "@runcache/runs";

const [dir, module, workers, points, made] = process.argv.slice(2);
const { exported, args } = JSON.parse(made);
const index = args === undefined ? runs[exported] : runs[exported](...args);
const store = new runs.RunStore({ dir, name: "sim", index });
const grid = Array.from({ length: Number(points) }, (_, n) => ({ n }));
await store.sweep(grid, { module }, { workers, concurrency: 2 });
