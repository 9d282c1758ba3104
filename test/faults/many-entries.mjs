// Walks, counts, plans and prunes a cache, and says what it found and the most memory that it took for it.
// Arguments: the cache, the limits of the prune as JSON.
import { readFileSync } from "node:fs";
import { openCache } from "@runcache/core";

const [cacheDir = "", limits = "{}"] = process.argv.slice(2);
const cache = openCache(cacheDir);
let walked = 0;
for await (const { manifest } of cache.entries()) walked += manifest.outputs.length;
const { entries } = await cache.stats();
const everything = { ...JSON.parse(limits), maxSizeBytes: 0, maxInodes: 0 };
const planned = await cache.prune({ ...everything, by: "cost", dryRun: true });
const pruned = await cache.prune(JSON.parse(limits));
// Not `process.resourceUsage()`: its `maxRSS` begins with the memory of the process that started this one.
const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "latin1"));
const found = { walked, entries, planned: planned.evicted.entries, evicted: pruned.evicted.entries };
process.stdout.write(JSON.stringify({ ...found, peakMiB: Number(peak?.[1]) / 1024 }));
