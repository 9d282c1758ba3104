// Keeps a cache, in a process that may be killed at any moment. Arguments: cache directory, "prune" or "verify".
import { openCache } from "@runcache/core";

const [cacheDir = "", action = ""] = process.argv.slice(2);
const cache = openCache(cacheDir);
if (action === "prune") await cache.prune({ maxEntries: 1, keepUsedWithinMs: 0 });
else if (action === "verify") await cache.verify({ repair: true });
else throw new Error(`unknown action ${action}`);
